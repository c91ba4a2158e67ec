/** Less free than this, in KiB, and a host is short of room: it collects Nix's garbage by itself, and doctor and status tell. */
export const SHORT_OF_ROOM_KB = 1024 * 1024
