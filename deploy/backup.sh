#!/bin/sh
# Backup of the service's PostgreSQL, and its restore to any revision, with PostgreSQL's own tools (13 or newer).
#
#   backup.sh archive ARCHIVE            receives the write-ahead log into ARCHIVE as it is written, until it is ended; to be kept running, on another machine
#   backup.sh base ARCHIVE               adds a base backup to ARCHIVE, beside everything, and says its name, which tells when it ended; to be run each day or week
#   backup.sh transaction ACCOUNT REV    the transaction of a revision, for restore: of the live database, or of one that was restored to the newest
#   backup.sh restore BASE DATA          makes DATA, a new folder, a cluster from a base backup and all that its archive has received since
#   backup.sh restore BASE DATA xid N    … until just after transaction N
#   backup.sh restore BASE DATA time T   … until the time T, as '2026-11-24 05:06:07+00'
#
# The connection is said as to all of PostgreSQL's tools (PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSFILE): for archive and base as a role with REPLICATION.
# With synchronous_standby_names = 'iam_archive' no command is answered that is not in the archive. A restored cluster gets an archive of its own.
set -eu

slot=iam_archive

archive() { # $1: the archive
  mkdir -p "$1/wal"
  export PGAPPNAME=$slot
  pg_receivewal --create-slot --if-not-exists --slot=$slot --no-password
  exec pg_receivewal --directory="$1/wal" --slot=$slot --synchronous --no-password
}

base() { # $1: the archive
  new=$1/base.part
  rm -rf "$new"
  pg_basebackup --pgdata="$new" --checkpoint=fast --no-password
  pg_verifybackup --quiet "$new"
  whole=$1/base-$(date -u +%Y%m%dT%H%M%SZ)
  mv "$new" "$whole"
  echo "$whole"
}

transaction() { # $1: the account, $2: the revision
  psql --no-psqlrc --no-align --tuples-only --no-password --set=ON_ERROR_STOP=1 --set=account="$1" --set=revision="$2" <<'SQL'
select xmin from iam.mt_events where stream_id = :'account' and tenant_id = :'account' and version = :'revision'::bigint;
SQL
}

restore() { # $1: the base backup, $2: the new folder, $3 and $4: until when
  [ ! -e "$2" ] || { echo "$2 is there already." >&2; exit 1; }
  wal=$(cd "$1/../wal" && pwd)
  cp -R "$1" "$2"
  chmod 700 "$2"
  {
    # The last segment, which was still being received, is good as far as it goes.
    echo "restore_command = 'cp \"$wal/%f\" \"%p\" 2>/dev/null || cp \"$wal/%f.partial\" \"%p\" 2>/dev/null'"
    [ -z "${3-}" ] || echo "recovery_target_$3 = '$4'"
    echo "recovery_target_action = 'promote'"
    echo "synchronous_standby_names = ''" # nobody receives the new cluster's log yet
  } >>"$2/postgresql.auto.conf"
  : >"$2/recovery.signal"
}

case ${1-} in
  archive) archive "$2" ;;
  base) base "$2" ;;
  transaction) transaction "$2" "$3" ;;
  restore) shift; restore "$@" ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
