//go:build race || msan || asan

// What the compiler says where a program is to be built with -race, -msan or -asan, which work by C libraries.

package runtime

var _ = the_flags_race_msan_and_asan_are_not_supported_by_Goxide_use_official_Go_for_them
