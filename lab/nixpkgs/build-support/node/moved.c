/* Opens files of /usr/share/nodejs in the package, if it has them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FROM "/usr/share/nodejs/"

static int moved(const char *path, int flags, mode_t mode) {
  char there[PATH_MAX];
  if (strncmp(path, FROM, sizeof FROM - 1) == 0) {
    snprintf(there, sizeof there, "%s%s", TO, path + sizeof FROM - 1);
    int file = openat(AT_FDCWD, there, flags, mode);
    if (file >= 0) return file;
  }
  return openat(AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return moved(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return moved(path, flags | O_LARGEFILE, mode);
}
