/* Loaded before libc (LD_PRELOAD): fsync and fdatasync take so many milliseconds longer as the file that
   SLOW_SYNC names says; nothing, where there is none. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void nap(void) {
  const char *path = getenv("SLOW_SYNC");
  FILE *file = path ? fopen(path, "r") : NULL;
  int ms = 0;
  if (file == NULL) return;
  if (fscanf(file, "%d", &ms) == 1 && ms > 0) usleep(1000 * ms);
  fclose(file);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  nap();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  nap();
  return real(fd);
}
