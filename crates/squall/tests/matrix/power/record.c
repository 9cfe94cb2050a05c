/* Records what a process writes and syncs below a directory, for row K4 of the fault matrix. Loaded by LD_PRELOAD.
 *
 * SQUALL_POWER_DIRECTORY is the directory, SQUALL_POWER_RECORD the file of the record. Each entry is a header, the path, and the bytes
 * of a write. One lock is held from an operation to its entry, so that the record has the order in which things happened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { WRITTEN = 0, SYNCED = 1, TRUNCATED = 2 };

struct header {
    uint64_t nanoseconds; /* since 1970, when it was done */
    uint64_t offset;      /* the new length of a file that was truncated */
    uint32_t kind;
    uint32_t path_length;
    uint64_t length; /* of the bytes that follow the path */
};

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

/* Finds the path of an open file; 0 when nobody wants to know. */
static size_t watched(int fd, char *path)
{
    const char *directory = getenv("SQUALL_POWER_DIRECTORY");
    if (directory == NULL || getenv("SQUALL_POWER_RECORD") == NULL)
        return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX);
    size_t prefix = strlen(directory);
    if (length < (ssize_t)prefix || length >= PATH_MAX || memcmp(path, directory, prefix) != 0)
        return 0;
    return (size_t)length;
}

static void enter(enum kind kind, const char *path, size_t path_length, uint64_t offset, const void *bytes, size_t length)
{
    static int record = -1;
    if (record < 0)
        record = (int)syscall(SYS_openat, AT_FDCWD, getenv("SQUALL_POWER_RECORD"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct header header = {
        .nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
        .offset = offset,
        .kind = kind,
        .path_length = (uint32_t)path_length,
        .length = length,
    };
    struct iovec parts[] = {
        { &header, sizeof header },
        { (void *)path, path_length },
        { (void *)bytes, length },
    };
    ssize_t whole = (ssize_t)(sizeof header + path_length + length);
    if (syscall(SYS_writev, record, parts, 3) != whole)
        abort(); /* a record with a gap proves nothing */
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off64_t offset)
{
    char path[PATH_MAX];
    size_t path_length = watched(fd, path);
    if (path_length == 0)
        return syscall(SYS_pwrite64, fd, bytes, length, offset);
    pthread_mutex_lock(&order);
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
    int error = errno;
    if (written > 0)
        enter(WRITTEN, path, path_length, (uint64_t)offset, bytes, (size_t)written);
    pthread_mutex_unlock(&order);
    errno = error;
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
    return write_at(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset)
{
    return write_at(fd, bytes, length, offset);
}

static int sync_by(long call, int fd)
{
    char path[PATH_MAX];
    size_t path_length = watched(fd, path);
    if (path_length == 0)
        return (int)syscall(call, fd);
    pthread_mutex_lock(&order);
    int failed = (int)syscall(call, fd);
    int error = errno;
    if (!failed)
        enter(SYNCED, path, path_length, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return failed;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

static int truncate_to(int fd, off64_t length)
{
    char path[PATH_MAX];
    size_t path_length = watched(fd, path);
    if (path_length == 0)
        return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&order);
    int failed = (int)syscall(SYS_ftruncate, fd, length);
    int error = errno;
    if (!failed)
        enter(TRUNCATED, path, path_length, (uint64_t)length, NULL, 0);
    pthread_mutex_unlock(&order);
    errno = error;
    return failed;
}

int ftruncate(int fd, off_t length)
{
    return truncate_to(fd, length);
}

int ftruncate64(int fd, off64_t length)
{
    return truncate_to(fd, length);
}
