"""Differences between golang-migrate and the `migrate` face that exist on purpose.

name of the scenario -> (what differs, reason[, databases]). docs/golang-migrate.md tells users the same.
"""
_NOT_OPENED = (("ledger", "tables"), "a call that is wrong in itself opens no database: golang-migrate connects and makes its table first")

EXPECTED = {
    "force-minus-one-plain": _NOT_OPENED,
    "flag-after-command": _NOT_OPENED,
    "help": _NOT_OPENED,
    "empty-file": (("exit", "stderr", "ledger"), "nothing is sent for an empty script: golang-migrate sends it, and the server refuses", ("mariadb",)),
    "mysql-like-pattern-table": (("exit", "stderr", "ledger", "tables"), "golang-migrate takes '_' in the table's name for a wildcard", ("mariadb",)),
}
