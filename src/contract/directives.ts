/** Which section of a unit file a directive of systemd's belongs to. */

/** Directives that belong to `[Unit]`, see systemd.unit(5). */
const UNIT_SECTION =
  /^(Description|Documentation|Wants|Requires|Requisite|BindsTo|PartOf|Upholds|Conflicts|Before|After|OnFailure\w*|OnSuccess\w*|PropagatesReloadTo|ReloadPropagatedFrom|PropagatesStopTo|StopPropagatedFrom|JoinsNamespaceOf|RequiresMountsFor|WantsMountsFor|StartLimit\w+|JobTimeout\w+|JobRunningTimeoutSec|Condition\w+|Assert\w+|DefaultDependencies|StopWhenUnneeded|RefuseManual\w+|AllowIsolate|IgnoreOnIsolate|SurviveFinalKillSignal|CollectMode|FailureAction\w*|SuccessAction\w*|RebootArgument|SourcePath)$/

/** Directives of `[Install]`, see systemd.unit(5). */
const INSTALL_SECTION = /^(Alias|WantedBy|RequiredBy|UpheldBy|Also|DefaultInstance)$/

/** Directives that belong to `[Timer]`, see systemd.timer(5). */
const TIMER_SECTION =
  /^(On(Active|Boot|Startup|UnitActive|UnitInactive)Sec|OnCalendar|OnClockChange|OnTimezoneChange|AccuracySec|Randomized(Delay|Offset)Sec|FixedRandomDelay|DeferReactivation|Unit|Persistent|WakeSystem|RemainAfterElapse)$/

/** Directives that belong to `[Socket]` alone, see systemd.socket(5). */
const SOCKET_SECTION =
  /^(Listen[A-Z]\w+|SocketProtocol|BindIPv6Only|Backlog|BindToDevice|Socket(User|Group|Mode)|DirectoryMode|Accept|Writable|FlushPending|MaxConnections\w*|KeepAlive\w*|NoDelay|Priority|DeferAcceptSec|ReceiveBuffer|SendBuffer|IPTOS|IPTTL|Mark|ReusePort|SmackLabel(IPIn|IPOut)|SELinuxContextFromNet|PipeSize|MessageQueue\w+|FreeBind|Transparent|Broadcast|PassCredentials|PassPIDFD|PassSecurity|PassPacketInfo|PassFileDescriptorsToExec|AcceptFileDescriptors|Timestamping|TCPCongestion|RemoveOnStop|Symlinks|FileDescriptorName|TriggerLimit\w+|PollLimit\w+|DeferTrigger\w*|Service)$/

/** The section that a user's directive belongs to. */
export function sectionOf(name: string): 'Unit' | 'Install' | 'Timer' | 'Socket' | 'Service' {
  if (UNIT_SECTION.test(name)) return 'Unit'
  if (INSTALL_SECTION.test(name)) return 'Install'
  if (TIMER_SECTION.test(name)) return 'Timer'
  return SOCKET_SECTION.test(name) ? 'Socket' : 'Service'
}
