"""What both controllers write into the ledger; each says what went wrong instead of raising, for a look goes on without it."""

from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import SizeChange, SizeRecord
from worker.scaling_ports import ControlRecords


def keep_record(records: ControlRecords, record: SizeRecord, version: int) -> str:
    """Keep the word of this look, unless another one was quicker."""
    try:
        is_kept = records.keep(record, version=version)
    except StoreUnavailable as fault:
        return str(fault)
    return "" if is_kept else "another controller looked at the same time: its word stands"


def note_change(records: ControlRecords, change: SizeChange) -> str:
    """Note a change for who asks why."""
    try:
        records.note_change(change)
    except StoreUnavailable as fault:
        return str(fault)
    return ""


def together(*troubles: str) -> str:
    """Say them one after the other."""
    return "; ".join(trouble for trouble in troubles if trouble)
