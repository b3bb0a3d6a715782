/* SPDX-License-Identifier: ISC */
/*
 * Runs a program and makes one of its system calls the last, or a failure.
 *
 *	trouble -o FILE -- PROGRAM ...		what is called, into a file
 *	trouble -p P -k K -- PROGRAM ...	all are killed before it
 *	trouble -1 -p P -k K -- PROGRAM ...	that process is
 *	trouble -e ERRNO -p P -k K -- ...	it is not made, and fails
 *
 * The file has a line "P K NAME" for each call, in the order in which they
 * come.  P is -2 for each process but the first.  Processes and calls count
 * from 0, a process's calls by themselves: so that the same numbers mean the
 * same call in the next run.  Ends as the program did, when all of its
 * processes have ended.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/elf.h>
#include <linux/ptrace.h>

#define PROCESSES_MAX 256
/* Each but the first. */
#define OTHERS (-2)
#define OPTIONS                                                                \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |    \
	    PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct call_name {
	long number;
	const char *name;
};

#define CALL(name)                                                             \
	{                                                                      \
		SYS_##name, #name                                              \
	}

static const struct call_name call_names[] = {
	CALL(openat),
	CALL(write),
	CALL(pwrite64),
	CALL(writev),
	CALL(fsync),
	CALL(fdatasync),
	CALL(linkat),
	CALL(unlinkat),
	CALL(mkdirat),
	CALL(mknodat),
	CALL(fcntl),
	CALL(close),
	CALL(read),
	CALL(pread64),
	CALL(lseek),
	CALL(ftruncate),
	CALL(newfstatat),
	CALL(fstatfs),
	CALL(fstat),
	CALL(getrandom),
	CALL(mmap),
	CALL(munmap),
	CALL(mprotect),
	CALL(brk),
	CALL(ppoll),
	CALL(socket),
	CALL(connect),
	CALL(sendto),
	CALL(recvfrom),
	CALL(sendmsg),
	CALL(recvmsg),
	CALL(renameat2),
	CALL(clone),
	CALL(wait4),
	CALL(close_range),
	CALL(getdents64),
	CALL(setsockopt),
	CALL(getsockopt),
	CALL(execve),
	CALL(exit_group),
	CALL(renameat),
	CALL(clone3),
	CALL(prlimit64),
	CALL(io_setup),
	CALL(io_submit),
	CALL(io_getevents),
	CALL(io_destroy),
#ifdef SYS_poll
	CALL(poll),
	CALL(rename),
	CALL(mkdir),
	CALL(unlink),
#endif
};

struct process {
	pid_t pid; /* 0: it has ended */
	unsigned long calls;
	bool fails; /* the call that it is in */
};

struct trouble {
	FILE *list;
	long process, call, error; /* -1: none */
	bool one;
	struct process all[PROCESSES_MAX];
	size_t count;
};

static _Noreturn void
die(const char *what)
{
	perror(what);
	exit(99);
}

/* --- registers ------------------------------------------------------------ */

/* Makes the kernel forget the call that is about to be made. */
static void
undo(pid_t pid)
{
#if defined(__x86_64__)
	if (ptrace(PTRACE_POKEUSER, pid,
		offsetof(struct user_regs_struct, orig_rax), -1L) < 0)
		die("ptrace");
#elif defined(__aarch64__)
	int none = -1;
	struct iovec io = { &none, sizeof(none) };

	if (ptrace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, &io) < 0)
		die("ptrace");
#else
#error "how is a system call undone here?"
#endif
}

static void
fail(pid_t pid, long error)
{
#if defined(__x86_64__)
	if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax),
		-error) < 0)
		die("ptrace");
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	struct iovec io = { &regs, sizeof(regs) };

	if (ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io) < 0)
		die("ptrace");
	regs.regs[0] = (unsigned long long)-error;
	if (ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io) < 0)
		die("ptrace");
#endif
}

/* --- calls ---------------------------------------------------------------- */

/* The one of that pid, or NULL. */
static struct process *
find(struct trouble *t, pid_t pid)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].pid == pid)
			return &t->all[i];
	return NULL;
}

static void
note(struct trouble *t, const struct process *p, long number)
{
	const char *name = "other";

	for (size_t i = 0; i < sizeof(call_names) / sizeof(*call_names); i++)
		if (call_names[i].number == number)
			name = call_names[i].name;
	(void)fprintf(t->list, "%td %lu %s\n", p - t->all, p->calls, name);
}

static void
begin_trouble(struct trouble *t, struct process *p)
{
	if (t->error >= 0) {
		undo(p->pid);
		p->fails = true;
		return;
	}
	for (size_t i = 0; i < t->count; i++)
		if (t->all[i].pid && (!t->one || &t->all[i] == p))
			(void)kill(t->all[i].pid, SIGKILL); /* or it is gone */
}

/* At the beginning or the end of a call. */
static void
stop_at_call(struct trouble *t, struct process *p)
{
	struct ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) < 0)
		return; /* it died meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && p->fails) {
		fail(p->pid, t->error);
		p->fails = false;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	if (t->list)
		note(t, p, (long)info.entry.nr);
	if ((t->process == OTHERS ? p > t->all : p - t->all == t->process) &&
	    (long)p->calls == t->call)
		begin_trouble(t, p);
	p->calls++;
}

/* --- processes ------------------------------------------------------------ */

static struct process *
add(struct trouble *t, pid_t pid)
{
	if (t->count == PROCESSES_MAX)
		die("too many processes");
	t->all[t->count] = (struct process){ .pid = pid };
	return &t->all[t->count++];
}

/* The signal that a stop is to be ended with. */
static int
stop(struct trouble *t, pid_t pid, int status)
{
	struct process *p = find(t, pid);
	bool is_new = !p;
	int sig = WSTOPSIG(status);

	if (is_new)
		p = add(t, pid);
	if (sig == (SIGTRAP | 0x80))
		stop_at_call(t, p);
	/* a fork, an exec, or the first stop of who was born of one */
	if (sig == (SIGTRAP | 0x80) || sig == SIGTRAP ||
	    (is_new && sig == SIGSTOP))
		return 0;
	return sig;
}

/* All of them, until the last has ended: the status of the first. */
static int
watch(struct trouble *t)
{
	pid_t first = t->all[0].pid, pid;
	int result = 0, status;

	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			(void)ptrace(PTRACE_SYSCALL, pid, NULL,
			    stop(t, pid, status)); /* or it is gone */
			continue;
		}
		if (pid == first)
			result = status;
		if (find(t, pid))
			find(t, pid)->pid = 0;
	}
	return result;
}

static pid_t
start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		die("ptrace");
	(void)raise(SIGSTOP);
	(void)execvp(argv[0], argv);
	die(argv[0]);
}

/* Ends as that program did. */
static int
end(int status)
{
	const struct rlimit no_core = { 0, 0 };

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(WTERMSIG(status), SIG_DFL);
	(void)raise(WTERMSIG(status));
	return 97;
}

int
main(int argc, char **argv)
{
	struct trouble t = { .process = -1, .call = -1, .error = -1 };
	int opt, status;
	pid_t pid;

	while ((opt = getopt(argc, argv, "+o:p:k:e:1")) != -1)
		switch (opt) {
		case 'o':
			t.list = fopen(optarg, "we");
			break;
		case 'p':
			t.process = strtol(optarg, NULL, 10);
			break;
		case 'k':
			t.call = strtol(optarg, NULL, 10);
			break;
		case 'e':
			t.error = strtol(optarg, NULL, 10);
			break;
		case '1':
			t.one = true;
			break;
		default:
			return 98;
		}
	if (optind >= argc)
		return 98;
	pid = start(argv + optind);
	(void)add(&t, pid);
	if (waitpid(pid, &status, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) < 0 ||
	    ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
		die("ptrace");
	status = watch(&t);
	if (t.list && fclose(t.list) != 0)
		die("list");
	return end(status);
}
