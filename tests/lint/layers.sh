#!/bin/sh
# A file includes only from its own folder and those below it; plug-ins include
# <skua/...>, the system, and their own folder.  design.md 2.
cd "${srcdir:-.}" || exit 1
allowed() {
	case $1 in
	base) echo base ;;
	wire) echo base wire ;;
	offline) echo base wire offline ;;
	net) echo base wire net ;;
	conf) echo base wire net conf ;;
	plugin) echo base wire net conf plugin ;;
	script) echo base wire net script ;;
	broker) echo base wire net conf plugin script broker ;;
	client) echo base wire net client ;;
	daemon) echo base wire net conf plugin script broker client daemon ;;
	bench) echo base wire net bench ;;
	cli) echo base wire net conf plugin script broker client offline bench cli ;;
	esac
}
wrong=0
for layer in core/*/; do
	layer=$(basename "$layer")
	may=" $(allowed "$layer") "
	[ "$may" = "  " ] && { echo "core/$layer is no known layer"; wrong=1; }
	for line in $(grep -no '^#include "[^"]*"' core/"$layer"/*.[ch] |
	    sed 's/#include "//; s/"$//'); do
		path=${line##*:}
		from=${path%%/*}
		[ "$from" = "$path" ] && from=$layer
		case $may in
		*" $from "*) ;;
		*) echo "$line: $layer must not know $from"; wrong=1 ;;
		esac
	done
done
for line in $(grep -no '^#include "[^"]*"' plugins/*/*.[ch] |
    sed 's/#include "//; s/"$//'); do
	file=${line%%:*}
	[ -f "$(dirname "$file")/${line##*:}" ] ||
	    { echo "$line: not of this plug-in's folder"; wrong=1; }
done
# A test must be able to be the disk: files are reached through skua/io.h.
calls='open|openat|fopen|opendir|stat|fstat|statvfs|fstatvfs|access|rename|unlink'
calls="$calls|mkdir|rmdir|fsync|fdatasync|ftruncate|pwrite|pread"
if grep -nE "(^|[^_a-z>.\"])($calls)\(" core/broker/*.c core/offline/*.c \
    core/wire/*.c plugins/*/*.c; then
	echo "files only through skua_io()"
	wrong=1
fi
exit $wrong
