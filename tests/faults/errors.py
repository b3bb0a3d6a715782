# SPDX-License-Identifier: ISC
"""What system calls may end with on a machine that is in trouble."""
from conftest import LONG

# in the short form
LIKELY = {
    "openat": ("EMFILE", "ENFILE", "ENOSPC", "EROFS", "EIO", "ENOMEM",
               "EACCES"),
    "write": ("ENOSPC", "EIO", "EINTR"),
    "writev": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EINTR"),
    "fsync": ("EIO", "ENOSPC", "EROFS"),
    "fdatasync": ("EIO", "ENOSPC", "EDQUOT", "EROFS"),
    "linkat": ("ENOSPC", "EIO", "EROFS", "EMLINK"),
    "unlinkat": ("EIO", "EROFS", "EACCES"),
    "unlink": ("EIO", "EROFS"), "renameat": ("ENOSPC", "EROFS"),
    "renameat2": ("ENOSPC", "EROFS"),
    "mkdirat": ("ENOSPC", "EROFS"), "mknodat": ("ENOSPC", "EROFS"),
    "mkdir": ("ENOSPC", "EROFS"), "ftruncate": ("EIO", "ENOSPC"),
    "fcntl": ("ENOLCK", "EINTR", "EAGAIN"),
    "close": ("EIO", "EINTR"), "read": ("EIO", "EINTR", "ENOMEM"),
    "pread64": ("EIO", "ENOMEM"), "lseek": ("EIO",),
    "newfstatat": ("EIO", "EACCES", "ENOMEM"), "fstat": ("EIO",),
    "fstatfs": ("EIO",), "getdents64": ("EIO", "ENOENT"),
    "getrandom": ("EINTR", "ENOSYS"),
    # not brk: the kernel says it by another address, not by an error
    "mmap": ("ENOMEM",),
    "poll": ("EINTR", "ENOMEM"), "ppoll": ("EINTR", "ENOMEM"),
    "socket": ("EMFILE", "ENOBUFS"),
    "connect": ("ENETUNREACH", "ECONNREFUSED", "ETIMEDOUT", "EINTR"),
    "sendto": ("EPIPE", "ECONNRESET", "EINTR"),
    "recvfrom": ("ECONNRESET", "EINTR"), "clone": ("EAGAIN", "ENOMEM"),
    "clone3": ("EAGAIN", "ENOMEM"), "wait4": ("EINTR",),
    "close_range": ("ENOSYS",),
    "io_setup": ("ENOSYS", "EAGAIN"), "io_submit": ("EINVAL", "EAGAIN"),
    "io_getevents": ("EINTR", "EINVAL"),
}
# in the long form each of these, too, at each of those, sensible or not
ALL = ("ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE", "ENOMEM",
       "EINTR", "EACCES")
AT = ("openat", "write", "pwrite64", "fsync", "fdatasync", "linkat",
      "unlinkat", "renameat", "renameat2", "close", "read", "pread64", "mmap",
      "fcntl", "poll", "connect", "sendto", "recvfrom", "sendmsg", "recvmsg",
      "clone", "clone3", "execve", "getrandom", "lseek", "newfstatat",
      "mkdirat", "mknodat", "getdents64", "socket")


def possible(name):
    """What a call of that name is to fail with."""
    more = ALL if LONG and name in AT else ()
    return list(dict.fromkeys(LIKELY.get(name, ()) + more))
