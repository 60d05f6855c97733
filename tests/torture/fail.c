/*
 * Preloaded into the program, fails one allocation of the program or of a library.
 * TORTURE_FAIL=N: the Nth allocation returns NULL. TORTURE_LOG=FILE: the call stack of that failure or, without
 * TORTURE_FAIL, the number of the first allocation of every call stack.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#define DEPTH 64
#define OTHER_DEPTH 12
#define CALLER 2 /* the frame that called malloc() */
#define STACKS ((size_t)1 << 17)

struct stack {
	void *frame[DEPTH];
	size_t depth;
};

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
} real;

static bool ready, busy;
static uint64_t count, wanted, stacks[STACKS];
static uintptr_t program_begin, program_end;
static int file = -1;

/* dlsym() allocates with calloc() before the real one is known. */
static char early[4096];
static size_t early_used;

static void *
early_calloc(size_t size)
{
	void *p = early + early_used;

	early_used += (size + 15) & ~(size_t)15;
	if (early_used > sizeof(early))
		abort();
	return p;
}

/* The first object is the program. */
static int
on_object(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD &&
		    (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
			program_begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			program_end = program_begin + info->dlpi_phdr[i].p_memsz;
		}
	return 1;
}

static bool
is_program(const void *address)
{
	return (uintptr_t)address >= program_begin && (uintptr_t)address < program_end;
}

static void
read_settings(void)
{
	const char *fail = getenv("TORTURE_FAIL"), *log = getenv("TORTURE_LOG");

	wanted = fail != NULL ? strtoull(fail, NULL, 10) : 0;
	/* opened now, because the program confines itself later */
	if (log != NULL && file < 0)
		file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void
start(void)
{
	busy = true;
	real.malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	real.calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	real.realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	real.posix_memalign = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
	real.aligned_alloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	read_settings();
	dl_iterate_phdr(on_object, NULL);
	ready = true;
	busy = false;
}

/* Once more: AddressSanitizer allocates before there is an environment. */
__attribute__((constructor)) static void
start_again(void)
{
	busy = true;
	read_settings();
	busy = false;
}

static _Unwind_Reason_Code
on_frame(struct _Unwind_Context *context, void *into)
{
	struct stack *s = into;

	if (s->depth == DEPTH)
		return _URC_END_OF_STACK;
	s->frame[s->depth++] = (void *)_Unwind_GetIP(context);
	return _URC_NO_REASON;
}

/* The program ends when an allocation of its own, or of a library that uses the program's functions, fails. Then
 * only the program's frames matter. Other libraries handle the failure, so that their frames matter. */
static uint64_t
hash_stack(const struct stack *s)
{
	bool ends = s->depth > CALLER && is_program(s->frame[CALLER]);
	uint64_t hash = 14695981039346656037u;

	for (size_t i = CALLER; i < s->depth && (ends || i < OTHER_DEPTH); i++)
		if (!ends || is_program(s->frame[i]))
			hash = (hash ^ (uintptr_t)s->frame[i]) * 1099511628211u;
	return hash | (hash == 0);
}

/* True for the first allocation with this call stack. */
static bool
is_new(const struct stack *s)
{
	uint64_t hash = hash_stack(s);

	for (size_t i = hash % STACKS;; i = (i + 1) % STACKS) {
		if (stacks[i] == hash)
			return false;
		if (stacks[i] == 0) {
			stacks[i] = hash;
			return true;
		}
	}
}

static void
print_stack(const struct stack *s)
{
	for (size_t i = 0; i < s->depth; i++) {
		Dl_info info;
		if (dladdr(s->frame[i], &info) != 0)
			dprintf(file, "%s+0x%zx\n", info.dli_fname,
			        (size_t)((char *)s->frame[i] - (char *)info.dli_fbase));
	}
}

/* Counts an allocation. True: it fails. */
static bool
fails(void)
{
	struct stack s = {.depth = 0};
	bool fail;

	if (!ready)
		start();
	if (busy)
		return false;
	count++;
	fail = count == wanted;
	if (file < 0 || (wanted != 0 && !fail))
		return fail;
	busy = true;
	_Unwind_Backtrace(on_frame, &s);
	if (fail)
		print_stack(&s);
	else if (is_new(&s))
		dprintf(file, "%llu\n", (unsigned long long)count);
	busy = false;
	if (fail)
		errno = ENOMEM;
	return fail;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : real.malloc(size);
}

void *
calloc(size_t number, size_t size)
{
	if (busy && real.calloc == NULL)
		return early_calloc(number * size);
	return fails() ? NULL : real.calloc(number, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : real.realloc(old, size);
}

void *
reallocarray(void *old, size_t number, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(number, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

int
posix_memalign(void **into, size_t align, size_t size)
{
	return fails() ? ENOMEM : real.posix_memalign(into, align, size);
}

void *
aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : real.aligned_alloc(align, size);
}
