/* Builds the Landlock rules and the seccomp filter, and applies them. */
#include "common/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/alloc.h"

/* LeakSanitizer traces its own process at exit, so a build with it must stay traceable. */
#if defined(__SANITIZE_ADDRESS__)
#define TRACEABLE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TRACEABLE true
#endif
#endif
#ifndef TRACEABLE
#define TRACEABLE false
#endif

/* Debian 12's headers lack these (landlock(7)). */
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define ABI_REFER 2 /* older kernels cannot allow a rename between two folders of a spool */
#define ABI_TRUNCATE 3

#define FILE_RIGHTS \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE)
#define READ_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_RIGHTS \
	(READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REFER)
/* No rule grants the rights that HANDLED_RIGHTS adds to WRITE_RIGHTS, so they are denied
 * everywhere. */
#define HANDLED_RIGHTS \
	(WRITE_RIGHTS | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_SYM)

struct rule {
	enum confine_access access;
	char *path;
};

struct confine {
	struct rule *rule;
	size_t count;
};

/* Paths that libc's resolver, iconv, OpenSSL and libcurl read, on Debian and other systems. */
static const char *const system_paths[] = {
	"/usr/lib",
	"/lib",
	"/lib64",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/etc/ssl/certs",
	"/etc/ssl/openssl.cnf",
	"/etc/pki/ca-trust",
	"/etc/pki/tls/certs",
	"/etc/pki/tls/openssl.cnf",
	"/etc/crypto-policies",
	"/etc/ld.so.cache",
	"/etc/resolv.conf",
	"/run/systemd/resolve",
	"/run/resolvconf",
	"/run/NetworkManager",
	"/etc/nsswitch.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/localtime",
	"/usr/share/zoneinfo",
	"/proc/self",
	"/sys/devices/system/cpu",
	"/dev/urandom",
	"/dev/random",
};

/* True once Landlock is on. The kernel has no call that reports it. */
static bool files_are_confined;

struct confine *
confine_new(void)
{
	struct confine *c = xcalloc(1, sizeof(*c));

	for (size_t i = 0; i < ARRAY_SIZE(system_paths); i++)
		confine_allow(c, CONFINE_READ, system_paths[i]);
	confine_allow(c, CONFINE_WRITE, "/dev/null");
	return c;
}

void
confine_free(struct confine *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->count; i++)
		free(c->rule[i].path);
	free(c->rule);
	free(c);
}

void
confine_allow(struct confine *c, enum confine_access access, const char *path)
{
	for (size_t i = 0; i < c->count; i++) /* resume may add the same directory for each run */
		if (c->rule[i].access == access && strcmp(c->rule[i].path, path) == 0)
			return;
	c->rule = xreallocarray(c->rule, c->count + 1, sizeof(*c->rule));
	c->rule[c->count++] = (struct rule){access, xstrdup(path)};
}

void
confine_allow_beside(struct confine *c, enum confine_access access, const char *path)
{
	char *copy = xstrdup(path);

	confine_allow(c, access, dirname(copy));
	free(copy);
}

/* ---- files ---- */

/* The C library has no functions for these. */
static int
landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static void
add_rule(int ruleset, const struct rule *r, uint64_t handled)
{
	struct landlock_path_beneath_attr beneath = {
		.parent_fd = open(r->path, O_PATH | O_CLOEXEC),
		.allowed_access = handled &
	                          (r->access == CONFINE_WRITE ? WRITE_RIGHTS : READ_RIGHTS),
	};
	struct stat st;

	if (beneath.parent_fd < 0)
		return;
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= FILE_RIGHTS;
	/* if the rule cannot be added, the path stays denied */
	(void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
}

static bool
confine_files(const struct confine *c)
{
	int abi = landlock_abi();
	struct landlock_ruleset_attr attr = {.handled_access_fs = HANDLED_RIGHTS};
	bool done = false;
	int ruleset;

	if (abi < ABI_REFER)
		return false;
	if (abi < ABI_TRUNCATE)
		attr.handled_access_fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return false;
	for (size_t i = 0; i < c->count; i++)
		add_rule(ruleset, &c->rule[i], attr.handled_access_fs);
	done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	close(ruleset);
	return done;
}

/* ---- calls ---- */

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

#ifdef ARCHITECTURE
/* A program that reads lists and speaks HTTPS needs none of these. */
static const unsigned denied[] = {
	SYS_execve,
	SYS_execveat,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_pidfd_getfd,
	SYS_kcmp,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_fsmount,
	SYS_fsconfig,
	SYS_mount_setattr,
	SYS_setns,
	SYS_unshare,
	SYS_kexec_load,
	SYS_kexec_file_load,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_bpf,
	SYS_userfaultfd,
	SYS_perf_event_open,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
	SYS_open_by_handle_at,
	SYS_personality,
	SYS_setuid,
	SYS_setgid,
	SYS_setreuid,
	SYS_setregid,
	SYS_setresuid,
	SYS_setresgid,
	SYS_setfsuid,
	SYS_setfsgid,
	SYS_setgroups,
	SYS_capset,
	SYS_acct,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_adjtimex,
	SYS_clock_adjtime,
	SYS_io_uring_setup,
	SYS_ptrace, /* last: see TRACEABLE */
};

#define X32_BIT 0x40000000U /* marks the x32 numbers of the same calls on x86-64 */
#define HEAD_LENGTH 4
#define TAIL_LENGTH 2

/*
 * The filter denies every call of another architecture, because its numbers mean other calls. Then
 * it compares the number with each denied one; a match jumps to the last instruction (EPERM).
 */
static bool
confine_calls(void)
{
	enum { COUNT = ARRAY_SIZE(denied) };
	_Static_assert(COUNT + HEAD_LENGTH < 255, "a jump reaches 255 instructions");
	struct sock_filter code[HEAD_LENGTH + COUNT + TAIL_LENGTH];
	size_t count = TRACEABLE ? COUNT - 1 : COUNT, n = 0;
	struct sock_fprog program = {.filter = code};

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                         offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0,
	                                         (uint8_t)(count + 3));
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                         offsetof(struct seccomp_data, nr));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT,
	                                         (uint8_t)(count + 1), 0);
	for (size_t i = 0; i < count; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, denied[i],
		                                         (uint8_t)(count - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	program.len = (unsigned short)n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
static bool
confine_calls(void)
{
	return false;
}
#endif

void
confine_apply(struct confine *c)
{
	static const struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	if (!TRACEABLE)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Landlock and seccomp require no_new_privs */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) {
		files_are_confined = confine_files(c) || files_are_confined;
		(void)confine_calls();
	}
	confine_free(c);
}

struct confine_state
confine_status(void)
{
	struct rlimit core = {1, 1};

	return (struct confine_state){
		.no_new_privileges = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		.no_core = getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0,
		.not_dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0,
		.files = files_are_confined,
		.calls = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER,
	};
}
