/* Chooses the configuration of a world and the faults of a command. Every choice comes from *rng. */
#ifndef TESTS_SIMULATE_SETTINGS_H
#define TESTS_SIMULATE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

/* The certificate with its key that stands beside the simulator. */
void settings_identity(char *dst, size_t size);
void settings_choose(uint64_t *rng);
/* Writes dir/unpilot.conf. */
void settings_write(const char *dir, uint64_t *rng);
/* The next command's weather. */
void weather_choose(uint64_t *rng);
/* In some nights the service gives odd answers as well. */
void weather_make_odd(uint64_t choice);

#endif
