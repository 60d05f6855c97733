# Fresh Debian systems in folders. Sourced by bash; B is where the downloaded packages are kept.

# make_root SUITE DIR: a minimal system. A second one of the same suite downloads nothing.
make_root() {
	local kept=$B/debootstrap/$1.tar log=$B/debootstrap/$1.log
	mkdir -p "$B/debootstrap"
	if [ ! -e "$kept" ]; then
		debootstrap --variant=minbase --include=ca-certificates,man-db --make-tarball="$kept.new" "$1" "$2.new" > "$log" ||
			{ tail "$log"; return 1; }
		rm -rf "$2.new"
		mv "$kept.new" "$kept"
	fi
	debootstrap --variant=minbase --include=ca-certificates,man-db --unpack-tarball="$kept" "$1" "$2" > "$log" || { tail "$log"; return 1; }
	rm -f "$2/dev/ptmx"
	ln -s pts/ptmx "$2/dev/ptmx"
}

# in_root DIR COMMAND...: runs it there, with the file systems that programs expect. All of them, and every process that it
# starts, end with it.
in_root() {
	unshare --mount --pid --fork --kill-child sh -ec 'root=$1
		shift
		mount --make-rprivate /
		mount -t proc proc "$root/proc"
		mount --rbind /sys "$root/sys"
		mount -t devpts -o newinstance,ptmxmode=0666,gid=5,mode=620 devpts "$root/dev/pts"
		mount -t tmpfs -o mode=1777 none "$root/dev/shm"
		mount -t tmpfs -o mode=1777 none "$root/tmp"
		exec chroot "$root" env -i HOME=/root TERM=xterm LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"' sh "$@"
}
