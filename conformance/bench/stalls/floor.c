// The floor of `cargo xtask bench stalls`: what the machine itself shows a busy loop, with as many such loops at once as the first argument
// says, for as many seconds as the second. The windows are those of stalls.go.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const long window = 1000000, period = 1000000000, work = 650000000;
static double seconds;

struct gaps {
	int *largest;
	long n;
};

static long now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *spin(void *to) {
	struct gaps *g = to;
	long start = now(), until = start + (long)(seconds * 1e9), since = start, last = start, gap = 0;
	g->largest = calloc((size_t)(seconds * 1000) + 100, sizeof *g->largest);
	if (!g->largest)
		abort();
	for (long t = start; t < until; t = now()) {
		if (t - last > gap)
			gap = t - last;
		last = t;
		if (t - since >= window) {
			g->largest[g->n++] = (int)gap;
			since = t;
			gap = 0;
		}
		if ((t - start) % period > work) {
			long rest = period - (t - start) % period;
			struct timespec for_so_long = {0, rest};
			nanosleep(&for_so_long, 0);
			since = last = now();
			gap = 0;
		}
	}
	return 0;
}

static int order(const void *a, const void *b) {
	int x = *(const int *)a, y = *(const int *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv) {
	int loops = argc > 1 ? atoi(argv[1]) : 1;
	seconds = argc > 2 ? atof(argv[2]) : 5;
	pthread_t threads[64];
	struct gaps gaps[64] = {0};
	if (loops < 1 || loops > 64)
		return 2;
	for (int i = 1; i < loops; i++)
		if (pthread_create(&threads[i], 0, spin, &gaps[i]))
			return 3;
	spin(&gaps[0]);
	for (int i = 1; i < loops; i++)
		pthread_join(threads[i], 0);
	qsort(gaps[0].largest, gaps[0].n, sizeof(int), order);
	printf("floor_p50 %d ns\n", gaps[0].largest[gaps[0].n * 500 / 1000]);
	printf("floor_p99 %d ns\n", gaps[0].largest[gaps[0].n * 990 / 1000]);
	printf("floor_p999 %d ns\n", gaps[0].largest[gaps[0].n * 999 / 1000]);
	printf("floor_max %d ns\n", gaps[0].largest[gaps[0].n - 1]);
	return 0;
}
