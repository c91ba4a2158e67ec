# The part of nixpkgs' `lib` that packages of applications use.
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    functionArgs
    genList
    getAttr
    hasAttr
    head
    intersectAttrs
    isAttrs
    isFunction
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    removeAttrs
    replaceStrings
    stringLength
    substring
    ;
in
rec {
  inherit (builtins)
    add
    all
    any
    attrNames
    attrValues
    baseNameOf
    catAttrs
    compareVersions
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    fromJSON
    fromTOML
    functionArgs
    genList
    getAttr
    hasAttr
    head
    intersectAttrs
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isString
    length
    lessThan
    listToAttrs
    mapAttrs
    match
    pathExists
    readDir
    readFile
    removeAttrs
    replaceStrings
    seq
    sort
    split
    stringLength
    substring
    tail
    toJSON
    trace
    typeOf
    unsafeDiscardStringContext
    ;

  # Functions and fixed points
  id = x: x;
  const = x: _: x;
  flip =
    f: a: b:
    f b a;
  pipe = foldl' (x: f: f x);
  fix =
    f:
    let
      x = f x;
    in
    x;
  extends =
    overlay: f: final:
    let
      prev = f final;
    in
    prev // overlay final prev;
  composeExtensions =
    f: g: final: prev:
    let
      first = f final prev;
    in
    first // g final (prev // first);
  composeManyExtensions = foldl' composeExtensions (_: _: { });
  importJSON = path: builtins.fromJSON (builtins.readFile path);
  importTOML = path: builtins.fromTOML (builtins.readFile path);
  warn = message: builtins.trace "warning: ${message}";
  warnIf = condition: message: if condition then warn message else id;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: throwIf (!condition);
  assertMsg = condition: message: condition || throw message;
  version = "25.05-stand-in";
  trivial = {
    inherit version;
    release = "25.05";
  };
  versionAtLeast = a: b: builtins.compareVersions a b >= 0;
  versionOlder = a: b: builtins.compareVersions a b < 0;
  boolToString = b: if b then "true" else "false";
  toFunction = v: if isFunction v then v else const v;
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = a: b: a - b * (a / b);

  # Attribute sets
  attrByPath =
    path: default: set:
    if path == [ ] then
      set
    else if set ? ${head path} then
      attrByPath (builtins.tail path) default set.${head path}
    else
      default;
  hasAttrByPath = path: set: attrByPath path null set != null;
  getAttrFromPath = path: attrByPath path (throw "cannot find ${concatStringsSep "." path}");
  setAttrByPath =
    path: value:
    if path == [ ] then value else { ${head path} = setAttrByPath (builtins.tail path) value; };
  attrVals = names: set: map (name: set.${name}) names;
  filterAttrs = pred: set: removeAttrs set (filter (name: !pred name set.${name}) (attrNames set));
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  concatMapAttrs = f: set: mergeAttrsList (mapAttrsToList f set);
  mergeAttrsList = foldl' (a: b: a // b) { };
  nameValuePair = name: value: { inherit name value; };
  optionalAttrs = condition: set: if condition then set else { };
  recursiveUpdate =
    a: b:
    a
    // mapAttrs (
      name: value:
      if a ? ${name} && isAttrs a.${name} && isAttrs value then
        recursiveUpdate a.${name} value
      else
        value
    ) b;
  foldlAttrs =
    f: start: set:
    foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  isDerivation = value: value.type or null == "derivation";

  # Lists
  singleton = x: [ x ];
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  flatten = x: if isList x then concatMap flatten x else [ x ];
  forEach = flip map;
  imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
  imap1 = f: list: genList (i: f (i + 1) (elemAt list i)) (length list);
  last = list: elemAt list (length list - 1);
  init = list: genList (elemAt list) (length list - 1);
  take = n: list: genList (elemAt list) (min n (length list));
  drop = n: list: genList (i: elemAt list (i + n)) (max 0 (length list - n));
  range = first: final: genList (i: first + i) (max 0 (final - first + 1));
  reverseList = list: genList (i: elemAt list (length list - i - 1)) (length list);
  unique = foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];
  subtractLists = a: filter (x: !elem x a);
  intersectLists = a: filter (x: elem x a);
  remove = x: filter (y: y != x);
  zipListsWith =
    f: a: b:
    genList (i: f (elemAt a i) (elemAt b i)) (min (length a) (length b));
  findFirst =
    pred: default: list:
    let
      found = filter pred list;
    in
    if found == [ ] then default else head found;
  partition = builtins.partition;
  groupBy = builtins.groupBy;
  foldr =
    f: start: list:
    foldl' (acc: x: f x acc) start (reverseList list);
  sortOn = f: builtins.sort (a: b: f a < f b);

  # Strings
  optionalString = condition: string: if condition then string else "";
  concatStrings = concatStringsSep "";
  concatMapStrings = f: list: concatStrings (map f list);
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);
  concatLines = concatMapStrings (line: line + "\n");
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (mapAttrsToList f set);
  makeSearchPath = subDir: packages: concatMapStringsSep ":" (path: "${path}/${subDir}") packages;
  makeSearchPathOutput =
    output: subDir: packages:
    makeSearchPath subDir (map (getOutput output) packages);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeBinPath = makeSearchPathOutput "bin" "bin";
  hasPrefix = prefix: string: substring 0 (stringLength prefix) string == prefix;
  hasSuffix =
    suffix: string:
    let
      start = stringLength string - stringLength suffix;
    in
    start >= 0 && substring start (-1) string == suffix;
  hasInfix = infix: string: length (splitString infix string) > 1;
  removePrefix =
    prefix: string:
    if hasPrefix prefix string then substring (stringLength prefix) (-1) string else string;
  removeSuffix =
    suffix: string:
    if hasSuffix suffix string then
      substring 0 (stringLength string - stringLength suffix) string
    else
      string;
  escapeRegex = replaceStrings (map (c: c) special) (map (c: "\\" + c) special);
  special = [ "\\" "^" "$" "." "|" "?" "*" "+" "(" ")" "[" "{" ];
  splitString =
    separator: string: filter isString (builtins.split (escapeRegex separator) (toString string));
  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  stringToCharacters = string: genList (i: substring i 1 string) (stringLength string);
  toLower = replaceStrings (stringToCharacters upper) (stringToCharacters lower);
  toUpper = replaceStrings (stringToCharacters lower) (stringToCharacters upper);
  upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = "abcdefghijklmnopqrstuvwxyz";
  trim = string: head (match "[[:space:]]*(.*[^[:space:]])?[[:space:]]*" string ++ [ "" ]);
  escapeShellArg =
    value:
    let
      string = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" string == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] string}'"
    else
      string;
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  cmakeBool = name: value: "-D${name}:BOOL=${if value then "TRUE" else "FALSE"}";
  getName = x: x.pname or (builtins.parseDrvName (x.name or x)).name;
  getVersion = x: x.version or (builtins.parseDrvName (x.name or x)).version;
  strings = {
    inherit
      concatMapStringsSep
      concatStrings
      escapeShellArg
      escapeShellArgs
      hasInfix
      hasPrefix
      hasSuffix
      makeBinPath
      makeLibraryPath
      optionalString
      removePrefix
      removeSuffix
      splitString
      toLower
      toUpper
      ;
    inherit (builtins) concatStringsSep replaceStrings toJSON;
  };

  # Packages
  getOutput =
    output: package:
    if package.outputSpecified or false then package else package.${output} or package.out or package;
  getBin = getOutput "bin";
  getLib = getOutput "lib";
  getDev = getOutput "dev";
  getExe =
    package:
    getExe' package (
      package.meta.mainProgram
        or (warn "getExe: ${package.name} has no meta.mainProgram; taking its name" (getName package))
    );
  getExe' = package: name: "${getBin package}/bin/${name}";
  setFunctionArgs = f: args: {
    __functor = _: f;
    __functionArgs = args;
  };
  functionArgsOf = f: f.__functionArgs or (functionArgs f);
  makeOverridable =
    f: args:
    let
      result = f args;
      override = changes: makeOverridable f (args // (if isFunction changes then changes args else changes));
    in
    if isAttrs result then
      result
      // {
        inherit override;
      }
      // optionalAttrs (result ? overrideAttrs) {
        overrideAttrs = change: makeOverridable (args: (f args).overrideAttrs change) args;
      }
    else if isFunction result then
      setFunctionArgs result (functionArgs result) // { inherit override; }
    else
      result;
  callPackageWith =
    packages: file: args:
    let
      f = if isFunction file || file ? __functor then file else import file;
    in
    makeOverridable f (intersectAttrs (functionArgsOf f) packages // args);
  hydraJob = id;
  dontDistribute = id;

  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";

  # Sources
  cleanSourceFilter =
    path: type:
    let
      name = baseNameOf (toString path);
    in
    !(
      (name == ".git" || (type == "directory" && elem name [ ".svn" "CVS" ".hg" ]))
      || hasSuffix "~" name
      || match "^\\.sw[a-z]$|^\\..*\\.sw[a-z]$" name != null
      || (type == "symlink" && hasPrefix "result" name)
      || type == "unknown"
    );
  cleanSourceWith =
    {
      src,
      filter ? _: _: true,
      name ? "source",
    }:
    builtins.path {
      inherit name filter;
      path = src;
    };
  cleanSource =
    src:
    cleanSourceWith {
      inherit src;
      filter = cleanSourceFilter;
    };
  sourceFilesBySuffices =
    src: suffices:
    cleanSourceWith {
      inherit src;
      filter = path: type: type == "directory" || any' (suffix: hasSuffix suffix path) suffices;
    };
  any' = builtins.any;
  sources = {
    inherit
      cleanSource
      cleanSourceFilter
      cleanSourceWith
      sourceFilesBySuffices
      ;
  };
  fetchers.proxyImpureEnvVars = [
    "http_proxy"
    "https_proxy"
    "no_proxy"
    "HTTP_PROXY"
    "HTTPS_PROXY"
    "NO_PROXY"
  ];
  # A file set here is a predicate on paths.
  fileset =
    let
      predicate =
        set:
        if set ? keeps then
          set.keeps
        else
          path: path == toString set || hasPrefix (toString set + "/") path;
    in
    {
      unions = sets: {
        keeps =
          let
            predicates = map predicate sets;
          in
          path: builtins.any (keeps: keeps path) predicates;
      };
      union =
        a: b:
        fileset.unions [
          a
          b
        ];
      difference = a: b: { keeps = path: predicate a path && !predicate b path; };
      intersection = a: b: { keeps = path: predicate a path && predicate b path; };
      maybeMissing = id;
      fileFilter = f: root: {
        keeps =
          path:
          predicate root path
          && f {
            name = baseNameOf path;
            type = "regular";
            hasExt = ext: hasSuffix ".${ext}" path;
          };
      };
      toSource =
        { root, fileset }:
        let
          keeps = predicate fileset;
          wanted =
            path: type:
            if type == "directory" then
              keeps path
              || builtins.any (name: wanted "${path}/${name}" (builtins.readDir path).${name}) (
                attrNames (builtins.readDir path)
              )
            else
              keeps path;
        in
        {
          outPath = cleanSourceWith {
            src = root;
            filter = wanted;
          };
        };
    };

  licenses = mapAttrs (name: spdxId: {
    inherit spdxId;
    shortName = name;
    free = spdxId != "unfree";
  }) {
    agpl3Only = "AGPL-3.0-only";
    agpl3Plus = "AGPL-3.0-or-later";
    asl20 = "Apache-2.0";
    bsd2 = "BSD-2-Clause";
    bsd3 = "BSD-3-Clause";
    cc0 = "CC0-1.0";
    gpl2Only = "GPL-2.0-only";
    gpl2Plus = "GPL-2.0-or-later";
    gpl3Only = "GPL-3.0-only";
    gpl3Plus = "GPL-3.0-or-later";
    isc = "ISC";
    lgpl3Plus = "LGPL-3.0-or-later";
    mit = "MIT";
    mpl20 = "MPL-2.0";
    unfree = "unfree";
    unlicense = "Unlicense";
    zlib = "Zlib";
  };
  platforms = rec {
    linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    darwin = [
      "x86_64-darwin"
      "aarch64-darwin"
    ];
    unix = linux ++ darwin;
    all = unix;
  };
  maintainers = { };
  teams = { };
  systems.flakeExposed = platforms.all;

  # Modules
  modules = import ./modules.nix (import ./lib.nix);
  inherit (modules)
    evalModules
    literalExpression
    literalMD
    mergeEqualOption
    mkAfter
    mkBefore
    mkDefault
    mkEnableOption
    mkForce
    mkIf
    mkMerge
    mkOption
    mkOptionDefault
    mkOptionType
    mkOrder
    mkOverride
    types
    ;
}
