# The module system, as far as NixOS modules of applications use it: options with types that are checked,
# definitions with priorities and conditions, submodules. An unknown option fails, and so does a value of a wrong type.
lib:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    head
    isAttrs
    isFunction
    isList
    map
    mapAttrs
    match
    removeAttrs
    toString
    typeOf
    ;

  show = concatStringsSep ".";
  showValue =
    value:
    if elem (typeOf value) [ "int" "float" "bool" "string" "null" ] then
      builtins.toJSON value
    else
      "a ${typeOf value}";
  fail = path: message: throw "The option `${show path}' ${message}";

  isTagged = tag: value: isAttrs value && value._type or null == tag;

  defaultPriority = 100;
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };
  mkOption = attrs: attrs // { _type = "option"; };

  # What a value says once its conditions and merges are resolved: definitions with a priority and an order.
  discharge =
    value:
    if isTagged "merge" value then
      concatMap discharge value.contents
    else if isTagged "if" value then
      if value.condition then discharge value.content else [ ]
    else if isTagged "override" value then
      map (definition: definition // { inherit (value) priority; }) (discharge value.content)
    else if isTagged "order" value then
      map (definition: definition // { order = value.priority; }) (discharge value.content)
    else
      [
        {
          inherit value;
          priority = defaultPriority;
          order = 1000;
        }
      ];

  # The values that count, in their order: those of the highest priority.
  winners =
    definitions:
    let
      all = concatMap discharge definitions;
      best = foldl' (best: { priority, ... }: lib.min best priority) 9999 all;
    in
    map (definition: definition.value) (
      lib.sortOn ({ order, ... }: order) (filter ({ priority, ... }: priority == best) all)
    );

  # Conditions and merges of a set, moved to its attributes.
  pushDown =
    value:
    if isTagged "merge" value then
      concatMap pushDown value.contents
    else if isTagged "if" value then
      map (mapAttrs (_: mkIf value.condition)) (pushDown value.content)
    else if isTagged "override" value then
      map (mapAttrs (_: mkOverride value.priority)) (pushDown value.content)
    else
      [ value ];

  # A type checks one value, and merges the definitions of an option.
  mkOptionType =
    {
      name,
      check ? _: true,
      merge ? mergeEqualOption,
      ...
    }@type:
    type
    // {
      _type = "option-type";
      inherit check merge;
    };
  valuesIn = map ({ value, ... }: value);
  mergeEqualOption =
    path: definitions:
    let
      values = valuesIn definitions;
    in
    if values == [ ] then
      fail path "is used but not defined."
    else if lib.all (value: value == head values) values then
      head values
    else
      fail path "has conflicting definition values: ${lib.concatMapStringsSep ", " showValue values}";

  mergeInto =
    type: path: definitions:
    let
      values = winners definitions;
      wrong = filter (value: !type.check value) values;
    in
    if type ? mergeDefinitions then
      type.mergeDefinitions path definitions
    else if wrong != [ ] then
      fail path "is not of type `${type.name}': ${showValue (head wrong)}"
    else
      type.merge path (map (value: { inherit value; }) values);

  simple = name: check: mkOptionType { inherit name check; };
  between =
    first: last:
    simple "integer between ${toString first} and ${toString last}" (
      value: builtins.isInt value && value >= first && value <= last
    );

  types = rec {
    bool = simple "boolean" builtins.isBool;
    int = simple "signed integer" builtins.isInt;
    ints = {
      inherit between;
      positive = simple "positive integer" (value: builtins.isInt value && value > 0);
      unsigned = simple "unsigned integer" (value: builtins.isInt value && value >= 0);
    };
    port = between 0 65535;
    str = simple "string" builtins.isString;
    singleLineStr = simple "string on one line" (
      value: builtins.isString value && !(lib.hasInfix "\n" value)
    );
    nonEmptyStr = strMatching ".*[^ \t\r\n].*";
    lines = mkOptionType {
      name = "lines";
      check = builtins.isString;
      merge = _: definitions: concatStringsSep "\n" (valuesIn definitions);
    };
    strMatching =
      pattern:
      simple "string matching ${pattern}" (
        value: builtins.isString value && match pattern value != null
      );
    path = simple "absolute path" (
      value:
      builtins.isPath value
      || ((builtins.isString value || value ? outPath) && lib.hasPrefix "/" (toString value))
    );
    package = simple "package" (
      value: lib.isDerivation value || (path.check value && lib.hasPrefix builtins.storeDir (toString value))
    );
    anything = simple "anything" (_: true);
    raw = anything;
    enum =
      values:
      simple "one of ${lib.concatMapStringsSep ", " showValue values}" (value: elem value values);
    nullOr =
      type:
      mkOptionType {
        name = "null or ${type.name}";
        check = value: value == null || type.check value;
        mergeDefinitions =
          path: definitions:
          let
            values = winners definitions;
          in
          if values != [ ] && lib.all (value: value == null) values then
            null
          else
            mergeInto type path definitions;
      };
    either =
      a: b:
      mkOptionType {
        name = "${a.name} or ${b.name}";
        check = value: a.check value || b.check value;
        merge =
          path: definitions:
          (if lib.all a.check (valuesIn definitions) then a else b).merge path definitions;
      };
    oneOf = list: foldl' either (head list) (builtins.tail list);
    addCheck = type: check: type // { check = value: type.check value && check value; };
    listOf =
      type:
      mkOptionType {
        name = "list of ${type.name}";
        check = isList;
        merge =
          path: definitions:
          lib.imap0 (index: value: mergeInto type (path ++ [ "[${toString index}]" ]) [ value ]) (
            filter (value: discharge value != [ ]) (concatLists (valuesIn definitions))
          );
      };
    attrsOf =
      type:
      mkOptionType {
        name = "attribute set of ${type.name}";
        check = value: isAttrs value && !(value ? outPath);
        merge =
          path: definitions:
          let
            sets = concatMap pushDown (valuesIn definitions);
            names = lib.unique (concatMap attrNames sets);
            definitionsOf = name: map (set: set.${name}) (filter (set: set ? ${name}) sets);
            present = filter (name: winners (definitionsOf name) != [ ]) names;
          in
          lib.genAttrs present (name: mergeInto type (path ++ [ name ]) (definitionsOf name));
        declaredWith = other: attrsOf (type.declaredWith other.elemType);
        elemType = type;
      };
    lazyAttrsOf = attrsOf;
    # A module that is evaluated elsewhere.
    deferredModule = mkOptionType {
      name = "module";
      check = value: isAttrs value || isFunction value || builtins.isPath value;
      merge = _: definitions: { imports = valuesIn definitions; };
    };
    submodule =
      modules:
      submoduleWith {
        modules = lib.toList modules;
        shorthandOnlyDefinesConfig = true;
      };
    # Of a class nothing is checked.
    submoduleWith =
      {
        modules,
        specialArgs ? { },
        shorthandOnlyDefinesConfig ? false,
        class ? null,
      }@given:
      mkOptionType {
        name = "submodule";
        check = value: isAttrs value || isFunction value || builtins.isPath value;
        merge =
          path: definitions:
          (evalModules {
            modules =
              modules
              ++ map (
                value: if shorthandOnlyDefinesConfig && isAttrs value then { config = value; } else value
              ) (valuesIn definitions);
            prefix = path;
            specialArgs = specialArgs // {
              name = lib.last path;
            };
          }).config;
        # An option that is declared twice has the options of both.
        declaredWith =
          other:
          submoduleWith (
            given
            // {
              modules = modules ++ other.given.modules;
              specialArgs = specialArgs // other.given.specialArgs or { };
            }
          );
        inherit given;
      };
  };

  # A module's parts: what it imports, declares and defines.
  unpack =
    arguments: module:
    let
      loaded = if builtins.isPath module || builtins.isString module then import module else module;
      called =
        if isFunction loaded then loaded arguments else loaded;
      structured = called ? config || called ? options;
    in
    {
      imports = called.imports or [ ];
      options = called.options or { };
      freeformType = called.freeformType or (called.config or { })._module.freeformType or null;
      config =
        if structured then
          let
            unknown = attrNames (
              removeAttrs called [
                "imports"
                "options"
                "config"
                "freeformType"
                "_class"
                "_file"
                "key"
                "meta"
              ]
            );
          in
          if unknown != [ ] then
            throw "A module with `config' or `options' has an unsupported attribute `${head unknown}'"
          else
            called.config or { }
        else
          removeAttrs called [
            "imports"
            "freeformType"
            "_class"
            "_file"
            "key"
          ];
    };

  # The same with all that they import. A path counts once.
  collect =
    arguments: modules:
    let
      step =
        seen: module:
        if builtins.isPath module && elem module seen.paths then
          seen
        else
          let
            unpacked = unpack arguments module;
            entered = {
              paths = seen.paths ++ lib.optional (builtins.isPath module) module;
              modules = seen.modules ++ [ unpacked ];
            };
          in
          foldl' step entered unpacked.imports;
    in
    (foldl' step {
      paths = [ ];
      modules = [ ];
    } modules).modules;

  isOption = isTagged "option";

  mergeOptions =
    path: a: b:
    foldl' (
      merged: name:
      let
        at = path ++ [ name ];
      in
      merged
      // {
        ${name} =
          if !(merged ? ${name}) then
            b.${name}
          else if merged.${name}.type or { } ? declaredWith && b.${name}.type or { } ? declaredWith then
            merged.${name} // b.${name} // { type = merged.${name}.type.declaredWith b.${name}.type; }
          else if isOption merged.${name} || isOption b.${name} then
            fail at "is declared more than once."
          else
            mergeOptions at merged.${name} b.${name};
      }
    ) a (attrNames b);

  evalModules =
    {
      modules,
      specialArgs ? { },
      prefix ? [ ],
    }:
    let
      arguments = {
        inherit lib config;
        options = declared;
      }
      // specialArgs;
      all = collect arguments modules;
      declared = foldl' (mergeOptions prefix) { } (map (module: module.options) all);
      freeform = lib.findFirst (type: type != null) null (map (module: module.freeformType) all);

      optionValue =
        path: option: definitions:
        let
          own = concatMap discharge definitions;
          withDefault = lib.optional (option ? default) (mkOverride 1500 option.default) ++ definitions;
          value =
            if option.readOnly or false && own != [ ] then
              fail path "is read-only, but it is set."
            else if own == [ ] && !(option ? default) then
              fail path "is used but not defined."
            else
              mergeInto option.type path withDefault;
        in
        (option.apply or lib.id) value;

      # Definitions of a set's attributes.
      definitionsIn =
        definitions:
        let
          sets = concatMap pushDown definitions;
        in
        {
          names = lib.unique (concatMap attrNames sets);
          of = name: map (set: set.${name}) (filter (set: set ? ${name}) sets);
        };

      valuesOf =
        path: options: definitions:
        mapAttrs (
          name: option:
          let
            at = path ++ [ name ];
            own = (definitionsIn definitions).of name;
          in
          if isOption option then optionValue at option own else valuesOf at option own
        ) options;

      # What is defined, and that nobody has declared. A condition that does not hold defines nothing.
      undeclared =
        path: options: definitions:
        let
          given = definitionsIn definitions;
        in
        concatMap (
          name:
          let
            at = path ++ [ name ];
            own = given.of name;
          in
          if !(options ? ${name}) then
            lib.optional (concatMap discharge own != [ ]) at
          else if isOption options.${name} then
            [ ]
          else
            undeclared at options.${name} own
        ) given.names;

      definitions = map (module: removeAttrs module.config [ "_module" ]) all;
      free =
        let
          given = definitionsIn definitions;
          names = filter (name: !(declared ? ${name})) given.names;
        in
        freeform.merge prefix [ { value = lib.genAttrs names (name: mkMerge (given.of name)); } ];
      config = valuesOf prefix declared definitions // lib.optionalAttrs (freeform != null) free;
      unknown = lib.optionals (freeform == null) (undeclared prefix declared definitions);
      checked = if unknown == [ ] then config else fail (head unknown) "does not exist.";
    in
    {
      config = checked;
      options = declared;
    };
in
{
  inherit
    evalModules
    mergeEqualOption
    mkIf
    mkMerge
    mkOption
    mkOptionType
    mkOrder
    mkOverride
    types
    ;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  mkForce = mkOverride 50;
  mkEnableOption =
    name:
    mkOption {
      type = types.bool;
      default = false;
      description = "Whether to enable ${name}.";
    };
  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };
  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };
}
