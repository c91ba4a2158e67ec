# shellcheck shell=bash disable=SC2154
# The C library and its loader, as they are.
mkdir -p "$out/lib"
for library in \
  "$dynamicLinker" libBrokenLocale.so.1 libanl.so.1 libc.so.6 libdl.so.2 libm.so.6 libmvec.so.1 \
  libnss_compat.so.2 libnss_dns.so.2 libnss_files.so.2 libnss_hesiod.so.2 libpthread.so.0 \
  libresolv.so.2 librt.so.1 libthread_db.so.1 libutil.so.1; do
  if [ -e "$from/$library" ]; then cp -L "$from/$library" "$out/lib/"; fi
done
