# What a release that came with a key for one service may be: anything else could reach beyond that service.
# Evaluated on the host over the files as they arrived; gives the problems, a line each. Whatever is not known
# here is refused.
{ folder, service, approved, nginxGroup, routes }:
let
  inherit (builtins)
    all attrNames concatLists concatStringsSep elem elemAt filter foldl' fromJSON genList head isAttrs isBool isInt
    isList isString length listToAttrs match pathExists readDir readFile replaceStrings split stringLength substring
    tail;

  is = regex: text: isString text && match regex text != null;
  isOneOf = regexes: text: foldl' (found: regex: found || is regex text) false regexes;
  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix = suffix: text: stringLength text >= stringLength suffix
    && substring (stringLength text - stringLength suffix) (stringLength suffix) text == suffix;
  splitOn = separator: text: filter isString (split separator text);
  # The lines of a text that ends with a line break, or is empty.
  linesOf = text:
    if text == "" then [ ]
    else if !(hasSuffix "\n" text) then [ "${text}\n" ]
    else let parts = splitOn "\n" text; in genList (elemAt parts) (length parts - 1);
  # What may be shown of what was sent.
  shown = text: let short = substring 0 120 text; in if is "[ -~]*" short then short else "(not printable)";
  problem = wrong: text: if wrong then [ text ] else [ ];

  number = "(0|[1-9][0-9]{0,8})";
  decimal = "[0-9]{1,8}(\\.[0-9]{1,8})?";
  port = "[1-9][0-9]{0,4}";
  word = "[A-Za-z0-9_@%+=:,./$-]+";
  path = "/([A-Za-z0-9._~-]+/)*";
  file = "[A-Za-z0-9_@+.-]+(/[A-Za-z0-9_@+.-]+)*";
  text = "[^[:cntrl:]]*";
  storePath = "/nix/store/[0-9a-z]{32}-[A-Za-z0-9+._?=-]+";

  home = "/var/lib/slipway/services/${service}";
  releaseDir = "${home}/(slots/%i|current)/release";

  # The request and what came with it.
  request = linesOf (readFile (folder + "/request"));
  asked = match "service ${service} ([1-9][0-9]{0,8}) (-|[1-9][0-9]{0,8}) (deploy|rollback|restart|promote|canary:[1-9][0-9]?) (yes|no)" (head request);
  releases = folder + "/releases/${service}";
  numbers = if pathExists releases then attrNames (readDir releases) else [ ];
  dir = releases + "/${head numbers}";
  given = readDir dir;
  list = name: if given ? ${name} then attrNames (readDir (dir + "/${name}")) else [ ];
  read = name: readFile (dir + "/${name}");

  fileProblems = concatLists (map
    (name: problem
      (!(if elem name [ "units" "nginx" "assets" ] then given.${name} == "directory"
        else given.${name} == "regular" && isOneOf [ "release\\.json|spec|closure|runtime|package-path|env|with-secrets" "env@(blue|green)" "env-[a-z0-9-]+" ] name))
      "a release has no ${shown name}")
    (attrNames given));

  packagePath = replaceStrings [ "\n" ] [ "" ] (read "package-path");
  packageProblems = problem (!(is storePath packagePath) || hasSuffix ".drv" packagePath) "that is no package: ${shown packagePath}";

  # spec: what the host's program goes by.
  hookWord = "([A-Za-z0-9_@%+=:,./-]+|'[^'[:cntrl:]]*'|\\\\')+";
  hook = "${number} (yes|no) ${hookWord}( ${hookWord})*";
  specValues = {
    kind = "service|site";
    keep = "[1-9][0-9]{0,3}";
    user = service;
    state = "yes|no";
    slots = "fixed|port|unix|socket";
    port_blue = port;
    port_green = port;
    unix_blue = "/run/${service}(/|@)blue\\.sock";
    unix_green = "/run/${service}(/|@)green\\.sock";
    drain = number;
    before = hook;
    after = hook;
    process = "${service}(-[a-z0-9-]+)?\\.service";
    timer = "${service}-[a-z0-9-]+\\.timer";
    calendar = "[A-Za-z0-9*][A-Za-z0-9*,:./~ _+-]*";
    verify = "[a-z0-9.-]+ /[^[:space:][:cntrl:]]* (any|healthy)";
    health_path = "/[^[:space:][:cntrl:]\"'{};#$]*";
    health_status = "([1-5][0-9]{2}( [1-5][0-9]{2})*)?";
    health_timeout = number;
    health_interval = decimal;
    health_attempt = decimal;
    health_successes = number;
    health_settle = number;
    watch = number;
    secret = "[A-Za-z_][A-Za-z0-9_]* [0-9a-f]+(\\.cred)?";
  };
  specLines = map (line: { inherit line; parts = match "([a-z_]+)=(.*)" line; }) (linesOf (read "spec"));
  specOf = key: map ({ parts, ... }: elemAt parts 1) (filter ({ parts, ... }: parts != null && head parts == key) specLines);
  specProblems = concatLists (map
    ({ line, parts }: problem (parts == null || !(specValues ? ${head parts}) || !(is specValues.${head parts} (elemAt parts 1)))
      "a line of its spec is not allowed: ${shown line}")
    specLines)
    ++ concatLists (map (unit: problem (!(elem unit (list "units"))) "its spec has a unit that it does not bring: ${shown unit}")
      (specOf "process" ++ specOf "timer"))
    ++ concatLists (map (verify: problem (!(elem (head (splitOn " " verify)) domains)) "this key may not serve ${shown (head (splitOn " " verify))}")
      (specOf "verify"));

  # Units. What tunes a program, and what the program itself is, may be anything. All else is as slipway has it by
  # default, or as an administrator has deployed it.
  sandbox = [
    "NoNewPrivileges=yes"
    "CapabilityBoundingSet="
    "AmbientCapabilities="
    "ProtectSystem=strict"
    "ProtectHome=yes"
    "PrivateTmp=yes"
    "PrivateDevices=yes"
    "DevicePolicy=closed"
    "PrivateUsers=yes"
    "ProtectHostname=yes"
    "ProtectClock=yes"
    "ProtectKernelTunables=yes"
    "ProtectKernelModules=yes"
    "ProtectKernelLogs=yes"
    "ProtectControlGroups=yes"
    "ProtectProc=invisible"
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"
    "RestrictNamespaces=yes"
    "RestrictRealtime=yes"
    "RestrictSUIDSGID=yes"
    "LockPersonality=yes"
    "RemoveIPC=yes"
    "KeyringMode=private"
    "SystemCallArchitectures=native"
    "SystemCallFilter=@system-service"
    "SystemCallFilter=~@privileged @resources"
    "SystemCallErrorNumber=EPERM"
  ];
  quoted = "\"([^\"\\[:cntrl:]]|\\\\[^[:cntrl:]])*\"";
  # No prefix that would lift the sandbox, and no ";" between commands: see systemd.service(5).
  command = "(/${word}|\"/([^\"\\[:cntrl:]]|\\\\[^[:cntrl:]])*\")( (${word}|${quoted}))*";
  tunables = [
    "Description=${text}"
    "(ExecStart|ExecReload|ExecStop|ExecStartPre|ExecStartPost|ExecStopPost)=${command}"
    "Environment=${text}"
    "(MemoryMax|MemoryHigh|MemorySwapMax|CPUQuota|CPUWeight|IOWeight|TasksMax|Limit[A-Z]+)=[0-9A-Za-z.%:]+"
    "(Nice|OOMScoreAdjust)=[0-9]+"
    "(Timeout(Start|Stop)?Sec|RestartSec|RestartMaxDelaySec|RestartSteps|RuntimeMaxSec|WatchdogSec)=[0-9a-z. ]+"
    "StartLimitIntervalSec=0"
    "Restart=(always|on-failure|on-abnormal|on-success|no)"
    "Type=(exec|simple|notify|oneshot)"
    "NotifyAccess=(main|exec|all|none)"
    "Kill(Signal|Mode)=[A-Za-z0-9]+"
    "SuccessExitStatus=[A-Za-z0-9 ]+"
    "(PrivateNetwork|MemoryDenyWriteExecute)=yes"
    "ProcSubset=pid"
    "IPAddress(Allow|Deny)=[0-9a-f.:/ a-z]+"
    "OnCalendar=[A-Za-z0-9*][A-Za-z0-9*,:./~ _+-]*"
    "Persistent=(yes|no)"
  ];
  mark = "# Managed by slipway for the service ${service}; deploys overwrite changes made here.";
  own = [
    "After=network\\.target( ${service}@(%i\\.socket|folder\\.service))?"
    "(Requires=${service}@%i\\.socket|Wants=${service}@folder\\.service)"
    "ConditionPathExists=\\|(${home}/current/%i|/run/slipway-slots/${service}@%i)"
    "(User|Group|SyslogIdentifier|StateDirectory)=${service}"
    "StateDirectoryMode=0750"
    "WorkingDirectory=(/|${releaseDir}/assets|/var/lib/${service})"
    "EnvironmentFile=-?${releaseDir}/env(@%i|-[a-z0-9-]+)?"
    "LoadCredential(Encrypted)?=[A-Za-z0-9_]+:${releaseDir}/secrets/[A-Za-z0-9_]+"
    "ReadWritePaths=-/run/${service}"
    "UMask=00[0-7]7"
    "WantedBy=(multi-user|timers)\\.target"
    "\\[(Unit|Service|Install|Timer)[]]"
  ];
  # Units with other contents: the text of each line is fixed.
  queueLines = [
    "[Unit]" "[Service]" "[Socket]"
    "DynamicUser=yes"
    "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin"
    "SyslogIdentifier=${service}"
    "SocketGroup=${nginxGroup}"
    "SocketMode=0660"
    "Backlog=4096"
    "RemoveOnStop=yes"
  ] ++ sandbox;
  queuePatterns = [
    "Description=${text}"
    "ListenStream=/run/${service}@queue-(blue|green)\\.sock"
    "ExecStart=/bin/sh -c 'while \\[ -e /run/slipway-hold/${service} []]; do sleep [0-9.]+; done; for p in [a-z0-9 /-]+; do if \\[ -x \\$\\$p []]; then exec \\$\\$p --connections-max=[0-9]+ --exit-idle-time=[0-9a-z]+ 127\\.0\\.0\\.1:${port}; fi; done; exit 1'"
  ];
  socketLines = [ "[Unit]" "[Socket]" "SocketGroup=${nginxGroup}" "SocketMode=0660" "RemoveOnStop=yes" ];
  socketPatterns = [
    "Description=${text}"
    "ConditionPathExists=\\|(${home}/current/%i|/run/slipway-slots/${service}@%i)"
    "ListenStream=/run/${service}@%i\\.sock"
  ];
  folderLines = [
    "[Unit]" "[Service]"
    "Type=oneshot"
    "ExecStart=/bin/sh -c 'install -d -o ${service} -g ${nginxGroup} -m 2750 /run/${service}'"
    "Environment=PATH=/run/current-system/sw/bin:/usr/bin:/bin"
    "SyslogIdentifier=${service}"
  ];

  # The lines of one section; each section may come once.
  section = wanted: lines: (foldl'
    (state: line:
      if is "\\[.*[]]" line then state // { inside = line == wanted; }
      else if state.inside then state // { found = state.found ++ [ line ]; } else state)
    { inside = false; found = [ ]; } lines).found;
  headers = filter (is "\\[.*[]]");
  unitLines = name: filter (line: line != "") (linesOf (read "units/${name}"));
  foreignLines = exact: patterns: lines: filter (line: !(elem line exact || isOneOf patterns line)) lines;
  strict = filter (line: !(isOneOf tunables line));
  # A service's program runs as the service, in all of the sandbox: "[Service]" with nothing of it missing.
  isProgram = name: isOneOf [ "${service}@?\\.service" "${service}-[a-z0-9-]+\\.service" ] name;
  unitWrong = name:
    let
      lines = unitLines name;
      body = tail lines;
      wrong =
        if is "${service}@queue-(blue|green)\\.(service|socket)" name then foreignLines queueLines queuePatterns body
        else if name == "${service}@.socket" then foreignLines socketLines socketPatterns body
        else if name == "${service}@folder.service" then foreignLines folderLines [ "Description=${text}" ] body
        else if isProgram name then
          foreignLines sandbox (own ++ tunables) body
          ++ concatLists (map (line: problem (!(elem line (section "[Service]" body))) "(missing) ${line}")
            ([ "User=${service}" "Group=${service}" ] ++ sandbox))
          ++ problem (filter (line: elem line sandbox) body != sandbox) "(in another order) SystemCallFilter="
          ++ problem (filter (header: length (filter (other: other == header) (headers body)) != 1) (headers body) != [ ]) "(twice) a section"
        else if is "${service}-[a-z0-9-]+\\.timer" name then foreignLines [ ] ([ "\\[(Unit|Timer|Install)[]]" "WantedBy=timers\\.target" ] ++ tunables) body
        else [ name ];
      before = approved + "/${name}";
      isApproved = isProgram name && pathExists before
        && strict (filter (line: line != "") (linesOf (readFile before))) == strict lines;
    in
    if lines == [ ] || head lines != mark then [ (if lines == [ ] then name else head lines) ]
    else if isApproved then filter (line: hasSuffix "\\" line) lines
    else wrong ++ filter (line: hasSuffix "\\" line) lines;
  unitProblems = concatLists (map
    (name: map (line: "a line of its unit ${shown name} is not allowed: ${shown line}") (unitWrong name))
    (list "units"))
    ++ concatLists (map (name: problem ((readDir (dir + "/units")).${name} != "regular") "a unit is no file") (list "units"));

  # nginx: the lines slipway writes, for the places this key may serve.
  grants = map (route: let parts = splitOn " " route; in { domain = head parts; path = elemAt parts 1; }) routes;
  domains = map ({ domain, ... }: domain) grants;
  mayServe = domain: wanted: is path wanted && !(is "(.*/)?\\.\\.?/.*" wanted)
    && filter (grant: grant.domain == domain && hasPrefix grant.path wanted) grants != [ ];
  upstream = "slipway_${service}_(queue|blue|green)";
  closed = "$slipway_closed_${replaceStrings [ "-" ] [ "_" ] service}";
  noMeta = "[^\"'{};$[:space:][:cntrl:]]*";
  locationLines = [
    "}"
    "  absolute_redirect off;"
    "set ${closed} '';"
    "if (-e /var/lib/slipway/maintenance/${service}) { set ${closed} $request_uri; }"
    "  open_file_cache off;"
    "  if (-e ${home}/current/green/$slipway_die) { set $slipway_upstream slipway_${service}_green; }"
    "  if (-e /run/slipway-hold/${service}) { set $slipway_upstream slipway_${service}_queue; }"
    "  set $slipway_uri $request_uri;"
    "  proxy_http_version 1.1;"
    "  proxy_set_header Host $http_host;"
    "  proxy_set_header X-Real-IP $remote_addr;"
    "  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    "  proxy_set_header X-Forwarded-Host $http_host;"
    "  proxy_set_header X-Forwarded-Proto https;"
    "  proxy_set_header X-Forwarded-Proto $scheme;"
    "  proxy_set_header Upgrade $http_upgrade;"
    "  proxy_set_header Connection $slipway_connection;"
    "  error_page 502 504 @slipway_down_${service};"
    "  error_page 503 @slipway_closed_${service};"
    "  internal;"
    "  default_type text/html;"
    "  index index.html;"
    "  charset utf-8;"
    "  gzip on;"
    "  etag off;"
    "  if_modified_since off;"
    "  if ($http_if_none_match = $slipway_etag) { return 304; }"
    "  if ($http_if_none_match = \"W/$slipway_etag\") { return 304; }"
    "  add_header Last-Modified \"\";"
    "  add_header ETag $slipway_etag;"
    "  add_header Cache-Control $slipway_cache_control;"
    "  add_header Cache-Control no-store always;"
    "  add_header X-Content-Type-Options nosniff;"
    "  add_header Strict-Transport-Security $slipway_hsts always;"
    "location @slipway_down_${service} {"
    "location @slipway_closed_${service} {"
  ];
  locationPatterns = [
    "  set \\$slipway_upstream ${upstream};"
    "  if \\(\\${closed} ~ \"\\^(\\(\\?!${noMeta}\\(\\\\\\?\\|\\$\\)\\))?\\.\"\\) \\{ return 503; [}]"
    "  if \\(\\$request_uri ~ \"\\^${noMeta}\\(\\?<slipway_rest>/\\.\\*\\)\\$\"\\) \\{ set \\$slipway_uri \\$slipway_rest; [}]"
    "  proxy_pass http://\\$slipway_upstream(\\$slipway_uri)?;"
    "  proxy_set_header X-Forwarded-Prefix \"[A-Za-z0-9._~/-]*\";"
    "  proxy_read_timeout [0-9]+[smh];"
    "  client_max_body_size [0-9]+[km];"
    "  return 301 ${path}\\$is_args\\$args;"
    "  return 50[23] \"[^\"$]*\";"
    "  add_header Retry-After [0-9]+ always;"
    "  (root|alias) ${home}/current/release/package(/${file})?/?;"
    "  error_page 404 ${path}${file};"
    "  gzip_types [a-z0-9/+. -]+;"
  ];
  locationWrong = domain: line:
    let
      block = match "location (= )?(/[^[:space:]]*) \\{" line;
      wanted = elemAt block 1;
      files = match "  (root|alias) [^;]*;" line != null;
    in
    if block != null then !(mayServe domain (if head block == null then wanted else "${wanted}/"))
    else if files && is ".*/\\.\\.?(/.*|;)" line then true
    else !(elem line locationLines || isOneOf locationPatterns line);
  ports = specOf "port_blue" ++ specOf "port_green";
  upstreamWrong = line:
    let server = match "  server (127\\.0\\.0\\.1:(${port})|unix:/run/${service}((/|@)(blue|green)|@queue)\\.sock) max_fails=0( backup)?;" line; in
    !(is "upstream ${upstream} \\{|  keepalive [0-9]+;|  keepalive_timeout [0-9]+s;|[}]" line
      || (server != null && (elemAt server 1 == null || elem (elemAt server 1) ports)));
  nginxDirs = if given ? nginx then readDir (dir + "/nginx") else { };
  below = name: if nginxDirs ? ${name} then readDir (dir + "/nginx/${name}") else { };
  nginxProblems =
    concatLists (map (name: problem (!(elem name [ "upstreams" "locations" "domains" "tls" "redirects" ])) "nginx has no use for ${shown name}") (attrNames nginxDirs))
    ++ concatLists (map
      (name:
        if name != "${service}.conf" then [ "an upstream of another service: ${shown name}" ]
        else map (line: "a line for nginx is not allowed: ${shown line}") (filter upstreamWrong (linesOf (read "nginx/upstreams/${name}"))))
      (attrNames (below "upstreams")))
    ++ concatLists (map
      (domain:
        problem (!(elem domain domains)) "this key may not serve ${shown domain}"
        ++ (if attrNames (readDir (dir + "/nginx/locations/${domain}")) != [ "${service}.conf" ] then [ "a location of another service, for ${shown domain}" ]
        else map (line: "a line for nginx is not allowed: ${shown line}") (filter (locationWrong domain) (linesOf (read "nginx/locations/${domain}/${service}.conf")))))
      (attrNames (below "locations")))
    ++ concatLists (map
      (domain: problem (!(elem domain domains) || read "nginx/domains/${domain}" != "") "this key may not serve ${shown domain}")
      (attrNames (below "domains")))
    ++ concatLists (map tlsWrong (attrNames (below "tls")))
    ++ concatLists (map
      (domain:
        let to = match "https?://([a-z0-9.-]+)\n" (read "nginx/redirects/${domain}/${service}"); in
        problem (!(elem domain domains) || files "redirects" domain != [ service ]) "this key may not serve ${shown domain}"
        ++ problem (to == null || !(elem (head to) domains)) "this key may not redirect ${shown domain} elsewhere")
      (attrNames (below "redirects")));
  files = kind: domain: attrNames (readDir (dir + "/nginx/${kind}/${domain}"));
  # How a certificate is got: from Let's Encrypt over HTTP, or from the host itself; else, such as with files or the
  # credentials of the host, as an administrator has deployed it.
  tlsWrong = domain:
    let
      text = read "nginx/tls/${domain}/${service}";
      before = approved + "/tls/${domain}/${service}";
    in
    problem (!(elem domain domains) || files "tls" domain != [ service ]) "this key may not serve ${shown domain}"
    ++ (if pathExists before && readFile before == text then [ ]
    else concatLists (map
      (line: problem
        (!(isOneOf [ "from=(acme|local)" "hsts=${number}" "server=https://acme(-staging)?-v02\\.api\\.letsencrypt\\.org/directory" "email=[A-Za-z0-9.@_+-]*" "challenge=http" ] line))
        "a line for certificates is not allowed: ${shown line}")
      (linesOf text)));

  # release.json: what people and plans are shown. It says what the files say.
  manifest = fromJSON (read "release.json");
  fields = {
    format = value: value == 1;
    service = value: value == service;
    kind = value: specOf "kind" == [ value ];
    package = value: value == packagePath;
    commit = value: value == null || (isAttrs value && attrNames value == [ "dirty" "id" ] && isBool value.dirty && is "[0-9a-f]{4,64}" value.id);
    by = is "[A-Za-z0-9_.@-]+";
    env = value: isAttrs value && all (is "[A-Za-z0-9_.-]+") (attrNames value) && all isString (map (name: value.${name}) (attrNames value));
    assets = value: value == null || is "[0-9a-f]+" value;
    ports = value: value == null || (isList value && all isInt value);
    routes = value: isList value && all (is "https?://[A-Za-z0-9._~/-]+") value;
    units = value: value == listToAttrs (map (name: { inherit name; value = read "units/${name}"; }) (list "units"));
    secrets = value: isAttrs value && all (is "[A-Za-z0-9_]+") (attrNames value)
      && all (name: let use = value.${name}; in elem "${name} ${use.version}" (specOf "secret") && elem use.as [ "env" "file" ]) (attrNames value);
    spec = value: value == read "spec";
    nginx = value: value == listToAttrs (
      map (name: { name = "upstreams/${name}"; value = read "nginx/upstreams/${name}"; }) (attrNames (below "upstreams"))
      ++ map (name: { name = "locations/${name}/${service}.conf"; value = read "nginx/locations/${name}/${service}.conf"; }) (attrNames (below "locations"))
      ++ map (name: { name = "domains/${name}"; value = read "nginx/domains/${name}"; }) (attrNames (below "domains"))
      ++ concatLists (map
        (kind: map (name: { name = "${kind}/${name}/${service}"; value = read "nginx/${kind}/${name}/${service}"; }) (attrNames (below kind)))
        [ "tls" "redirects" ]));
  };
  manifestProblems =
    problem (length (splitOn "\n" (read "release.json")) != 2) "its release.json is not one line"
    ++ problem (!(isAttrs manifest) || attrNames ({ secrets = { }; } // manifest) != attrNames fields) "its release.json has other fields than it should"
    ++ (if !(isAttrs manifest) then [ ] else concatLists (map
      (name: problem (fields ? ${name} && !(fields.${name} manifest.${name})) "its release.json does not say what the release is: ${shown name}")
      (attrNames manifest)));
  closureProblems = problem (filter (line: !(is "[0-9]+ ${storePath}" line)) (linesOf (read "closure")) != [ ]) "its closure is no list of store paths";

  releaseProblems =
    if numbers == [ ] then [ ]
    else if length numbers != 1 || head numbers != head asked then [ "it brings another release than it asks for" ]
    else
      # The later ones rely on the earlier: each is only looked at where those before it found nothing.
      foldl' (found: more: if found == [ ] then more else found) [ ]
        [ fileProblems packageProblems specProblems unitProblems nginxProblems manifestProblems closureProblems ];
  problems =
    if length request != 1 || asked == null then [ "this key deploys ${service}, and nothing else: ${shown (concatStringsSep "; " request)}" ]
    else releaseProblems;
in
concatStringsSep "\n" problems
