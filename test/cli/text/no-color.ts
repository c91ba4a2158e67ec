// Imported first: a terminal, or the runner of tests in one, would have colours in the texts.
process.env.NO_COLOR = '1'
