"""The controller of a fleet of functions: it counts what they cost, and narrows or closes what feeds them. Scaling is Lambda's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from worker.controller.keeping import keep_record, note_change, together
from worker.controller.meter import Allowance, BudgetKeeper, Purse
from worker.controller.width import TAKEN, WidthRuling, ruled
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import SizeChange, SizeRecord, Terms
from worker.domain.function_width import LEAST_WIDTH
from worker.domain.scaling_terms import Reason
from worker.domain.spending_settings import SpendingSettings
from worker.scaling_ports import LastLook
from worker.wiring.spending import SpendingPorts

NOTE = (
    f"From 100 % on no lane runs more than {LEAST_WIDTH} batches at once, from 120 % on nothing is taken; "
    "messages stay in their queues."
)
"""What the rungs mean here, for mails."""


@dataclass(frozen=True, kw_only=True)
class SpendingLook:
    """What came of a look."""

    before: int | None
    """Width of the widest lane so far; None where nobody could see what the fleet costs or takes."""
    after: int | None
    """Its width now."""
    reason: str
    """Why, for programs."""
    sentence: str
    """Why, for people."""
    trouble: str = ""
    """What could not be read or done."""


class SpendingController:
    """Looks."""

    def __init__(self, ports: SpendingPorts, settings: SpendingSettings) -> None:
        """Keep the fleet that the settings name."""
        self._ports = ports
        self._settings = settings
        purse = Purse(fleet=settings.fleet, limit_usd=settings.budget_usd, rates=settings.rates, note=NOTE)
        self._keeper = BudgetKeeper(records=ports.records, announcer=ports.announcer, purse=purse)

    def look(self) -> SpendingLook:
        """Do it once; never raises for what the world does, and changes nothing where it can't see."""
        now = self._ports.clock.now()
        try:
            last, wishes = self._ports.records.last(), self._ports.records.wishes()
        except StoreUnavailable as fault:
            # Somebody may have stopped the fleet, or spent the budget: without the ledger nobody knows.
            return _blind("the ledger can't be read", str(fault))
        allowance = self._allowance(now)
        try:
            seen = self._ports.intake.widths()
        except StoreUnavailable as fault:
            return self._unseen(now, last, "what feeds the function can't be read", str(fault))
        if not allowance.is_known:
            return self._unseen(now, last, allowance.sentence, allowance.trouble)
        ruling = ruled(
            seen,
            budget=allowance.budget,
            hold=wishes.hold_at(now),
            deployed=self._settings.instances,
            before=last.record.reason if last.record else "",
        )
        return self._followed(now, last, seen, ruling, allowance)

    def _allowance(self, now: datetime) -> Allowance:
        try:
            time = self._ports.usage.month(now)
        except StoreUnavailable as fault:
            return self._keeper.unknown(str(fault))
        return self._keeper.look_at_function(now, time)

    def _followed(
        self,
        now: datetime,
        last: LastLook,
        seen: Mapping[str, int],
        ruling: WidthRuling,
        allowance: Allowance,
    ) -> SpendingLook:
        refused = self._act(seen, ruling)
        record = self._record(now, last, ruling, allowance)
        if refused and last.record is not None and last.record.reason in TAKEN and ruling.reason not in TAKEN:
            # What was taken and could not be given back is still owed: the next look must know.
            record = replace(record, reason=last.record.reason, sentence=last.record.sentence)
        trouble = together(allowance.trouble, refused)
        kept = keep_record(self._ports.records, replace(record, trouble=trouble), last.version + 1)
        before, after = max(seen.values(), default=0), ruling.widest
        if not refused and before != after:
            kept = together(kept, self._noted(now, before, ruling))
        return SpendingLook(
            before=before,
            after=before if refused else after,
            reason=record.reason,
            sentence=record.sentence,
            trouble=together(trouble, kept),
        )

    def _act(self, seen: Mapping[str, int], ruling: WidthRuling) -> str:
        """Change the lanes that differ; one that can't be changed does not keep the others as they are."""
        refused = []
        for lane, width in ruling.widths.items():
            if width != seen[lane]:
                try:
                    self._ports.intake.set_width(lane, width)
                except StoreUnavailable as fault:
                    refused.append(str(fault))
        return together(*refused)

    def _record(self, now: datetime, last: LastLook, ruling: WidthRuling, allowance: Allowance) -> SizeRecord:
        before = last.record
        is_same = before is not None and (before.desired, before.reason) == (
            ruling.widest,
            ruling.reason.value,
        )
        return SizeRecord(
            looked_at=now,
            desired=ruling.widest,
            reason=ruling.reason.value,
            sentence=ruling.sentence,
            since=before.since if before is not None and is_same else now,
            terms=self._terms,
            next_change=ruling.next_change,
            budget=allowance.sentence,
            every_seconds=self._settings.every_seconds,
        )

    @property
    def _terms(self) -> Terms:
        return Terms(minimum=0, maximum=self._settings.instances, idle_seconds=None)

    def _unseen(self, now: datetime, last: LastLook, what: str, why: str) -> SpendingLook:
        """Leave all as it is, and remember why the fleet is narrowed, if it is."""
        before = last.record or SizeRecord(
            looked_at=now,
            desired=None,
            reason=Reason.UNKNOWN.value,
            sentence=f"{what}: the lanes are left as they are",
            since=now,
            terms=self._terms,
        )
        record = replace(
            before, looked_at=now, trouble=f"{what}: {why}", every_seconds=self._settings.every_seconds
        )
        trouble = together(why, keep_record(self._ports.records, record, last.version + 1))
        return _blind(what, trouble)

    def _noted(self, now: datetime, before: int, ruling: WidthRuling) -> str:
        change = SizeChange(
            at=now,
            before=before,
            after=ruling.widest,
            reason=ruling.reason.value,
            sentence=ruling.sentence,
        )
        return note_change(self._ports.records, change)


def _blind(what: str, why: str) -> SpendingLook:
    sentence = f"{what}: the lanes are left as they are"
    return SpendingLook(before=None, after=None, reason=Reason.UNKNOWN.value, sentence=sentence, trouble=why)
