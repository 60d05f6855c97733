# The files of few packs are synced one by one, and those of many together (common/file_set.c).
bats_require_minimum_version 1.5.0
load helpers
CUSTOMERS=2

setup_file() { fleet; }

@test "killed at every sync of a few packs" { kill_loop fsync 20; }

@test "a sync of a few packs fails once" { fail_loop fsync EIO "" 20; }

@test "killed at every rename of a few packs" { kill_loop rename 10; }
