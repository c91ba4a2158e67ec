_: throw "todo"
