import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A process as /proc has it. */
export interface FakeProcess {
  pid: number
  name: string
  cgroup: string
  /** The inodes of its sockets. */
  sockets: number[]
}

/** A folder in place of /proc. */
export function fakeProc(net: Record<string, string>, processes: readonly FakeProcess[] = []) {
  const path = mkdtempSync(join(tmpdir(), 'slipway-proc-'))
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  write('net/dev', '')
  write('self', '')
  for (const [name, text] of Object.entries(net)) write(`net/${name}`, text)
  for (const { pid, name, cgroup, sockets } of processes) {
    write(`${pid}/comm`, `${name}\n`)
    write(`${pid}/cgroup`, `0::${cgroup}\n`)
    mkdirSync(join(path, `${pid}/fd`))
    symlinkSync('/dev/null', join(path, `${pid}/fd/0`))
    for (const inode of sockets) symlinkSync(`socket:[${inode}]`, join(path, `${pid}/fd/${inode}`))
  }
  return { path, net: join(path, 'net'), remove: () => rmSync(path, { recursive: true }) }
}

/** As a kernel prints it: listeners on 22 and 3000, one connection to 3000 and one from it, one that ended. */
export const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0000000000000000 100 0 0 10 0
   1: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 300 1 0000000000000000 100 0 0 10 0
   2: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 301 1 0000000000000000 20 4 0 10 -1
   3: 0100007F:C350 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000     0        0 302 1 0000000000000000 20 4 0 10 -1
   4: 0100007F:0BB8 0100007F:C351 06 00000000:00000000 03:00000C9C 00000000     0        0 0 3 0000000000000000
`

/** A listener on 3000 and one on 443, and a connection to 3000. */
export const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 600 1 0000000000000000 100 0 0 10 0
   1: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 443 1 0000000000000000 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0BB8 0000000000000000FFFF00000100007F:C352 01 00000000:00000000 00:00000000 00000000  1000        0 601 1 0000000000000000 20 4 0 10 -1
`

/** A listener, two connections to it, one that waits to be accepted, and others. */
export const UNIX = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 30001 /run/web/blue.sock
0000000000000000: 00000003 00000000 00000000 0001 03 30002 /run/web/blue.sock
0000000000000000: 00000003 00000000 00000000 0001 03 30003 /run/web/blue.sock
0000000000000000: 00000002 00000000 00000000 0001 02     0 /run/web/blue.sock
0000000000000000: 00000003 00000000 00000000 0001 03 30005
0000000000000000: 00000003 00000000 00000000 0001 03 30006 /run/web/blue.sock.old
0000000000000000: 00000002 00000000 00010000 0001 01 30007 /run/web/green.sock
0000000000000000: 00000003 00000000 00000000 0001 03 30008 /run/a b/c d.sock
0000000000000000: 00000003 00000000 00000000 0001 03 30009 @abstract
`
