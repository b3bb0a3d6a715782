/* SPDX-License-Identifier: ISC */
/* Filesystems by their numbers (statfs(2)), with those that the headers of
 * older systems leave out. */
#ifndef QUEUE_MAGIC_H
#define QUEUE_MAGIC_H

#include <linux/magic.h>

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif
#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif

#endif
