"""One tick: observe, decide, act, and write down why. Whatever fails is said, and the fleet's size is held until the next tick."""

from dataclasses import dataclass, replace
from datetime import datetime

from worker.controller.act import act
from worker.controller.decide import Ruling, decide
from worker.controller.keeping import keep_record, note_change, together
from worker.controller.later import LaterKeeper
from worker.controller.meter import Allowance, BudgetKeeper, Purse
from worker.controller.observe import Observer
from worker.controller.rescue import RescueKeeper
from worker.controller.shrink import Shrunk, shrunk
from worker.domain.closing import Ask
from worker.domain.controller_settings import ControllerSettings
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import ServiceState, SizeChange, SizeRecord, Wishes
from worker.domain.looks import LOOK_SECONDS, pause_seconds
from worker.domain.scaling_history import Memory
from worker.domain.scaling_terms import Reason
from worker.scaling_ports import LastLook
from worker.wiring.controller import ControllerPorts

ASKED = "fewer as soon as those that were asked have closed"
MEASURE_SECONDS = 50.0
"""Between two looks that ask what jobs and starts take."""


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What came of it."""

    before: int | None
    """Workers asked for so far; None where that could not be read."""
    after: int | None
    """Workers asked for now."""
    reason: str
    """Why, for programs."""
    sentence: str
    """Why, for people."""
    trouble: str = ""
    """What could not be read or done."""
    pause_seconds: float = LOOK_SECONDS
    """How long to wait before the next look."""
    was_asleep: bool = False
    """At the look before nobody worked and nothing waited."""

    @property
    def is_asleep(self) -> bool:
        """Nobody works and nothing waits: a submission wakes the fleet, so looking once a minute is enough."""
        return self.after == 0 and not self.trouble


class Controller:
    """Ticks."""

    def __init__(self, ports: ControllerPorts, settings: ControllerSettings) -> None:
        """Keep the fleet that the settings name."""
        self._ports = ports
        self._settings = settings
        self._observer = Observer(
            lanes=ports.lanes, fleet=ports.fleet, activity=ports.activity, settings=settings
        )
        purse = Purse(fleet=settings.cluster, limit_usd=settings.budget_usd, rates=settings.rates)
        self._keeper = BudgetKeeper(records=ports.records, announcer=ports.announcer, purse=purse)
        self._rescue = RescueKeeper(ports.rescue)
        self._later = LaterKeeper(ports.later, ports.sender)
        self._measured_at: datetime | None = None

    def tick(self) -> Tick:
        """Do one; never raises for what the world does."""
        now = self._ports.clock.now()
        try:
            last, wishes = self._ports.records.last(), self._ports.records.wishes()
        except StoreUnavailable as fault:
            # Somebody may have stopped the fleet, or spent the budget: without the ledger nobody knows.
            return _held(str(fault))
        told = self._later.look(now)
        try:
            service = self._ports.fleet.state()
        except StoreUnavailable as fault:
            return self._unreadable(now, last, wishes, together(str(fault), told))
        return self._ruled(now, last, wishes, service, told)

    def _ruled(self, now: datetime, last: LastLook, wishes: Wishes, service: ServiceState, told: str) -> Tick:
        memory = last.record.memory if last.record else Memory()
        allowance = self._keeper.look(now, max(service.running + service.pending, 0))
        look = self._observer.look(now, service, is_thorough=self._is_thorough(now))
        seen = replace(look.observation, budget=allowance.budget)
        terms = self._settings.terms(wishes)
        unsaid = self._rescue.look(
            now, before=last.record, wishes=wishes, terms=terms, budget=allowance.budget
        )
        policy = self._settings.policy(terms)
        ruling = decide(policy, seen, memory, wishes.hold_at(now))
        timer = policy.idle_timer_seconds(ruling.decision.memory, seen)
        ask = last.record.ask if last.record else Ask()
        plan = shrunk(ruling.decision, look, ask, service, timer_seconds=timer)
        trouble = together(told, *look.troubles, allowance.trouble, unsaid, _complaint(service, ruling))
        record = replace(self._record(now, last, wishes, ruling, allowance), trouble=trouble, ask=plan.ask)
        record = _with_plan(record, plan)
        is_done, refused = self._done(record, last, service, plan)
        after = plan.desired if is_done else service.desired
        if after != service.desired:
            refused = together(refused, self._noted(now, service.desired, after, ruling))
        return Tick(
            before=service.desired,
            after=after,
            reason=record.reason,
            sentence=record.sentence,
            trouble=together(trouble, refused),
            pause_seconds=pause_seconds(
                seen,
                is_asking=plan.ask.is_open,
                idle_end_seconds=policy.idle_end_seconds(ruling.decision, seen),
            ),
            was_asleep=last.record is None or last.record.reason == Reason.ASLEEP.value,
        )

    def _done(
        self, record: SizeRecord, last: LastLook, service: ServiceState, plan: Shrunk
    ) -> tuple[bool, str]:
        """Write the look and follow it; tell whether it was followed, and what went wrong.

        Answers are used up by the look that counts them: the number is lowered only where that look is written.
        """
        kept = keep_record(self._ports.records, record, last.version + 1)
        if kept and plan.desired < service.desired:
            return False, kept
        refused = act(self._ports.fleet, before=service.desired, after=plan.desired, spared=plan.spared)
        if not refused:
            return True, kept
        told = replace(record, trouble=together(record.trouble, refused))
        return False, together(refused, kept or keep_record(self._ports.records, told, last.version + 2))

    def _is_thorough(self, now: datetime) -> bool:
        """Measure now and then: what jobs and starts take changes slowly, and asking costs reads."""
        since = self._measured_at
        if since is not None and 0 <= (now - since).total_seconds() < MEASURE_SECONDS:
            return False
        self._measured_at = now
        return True

    def _record(
        self, now: datetime, last: LastLook, wishes: Wishes, ruling: Ruling, allowance: Allowance
    ) -> SizeRecord:
        decision, before = ruling.decision, last.record
        is_same = before is not None and (before.desired, before.reason) == (
            decision.desired,
            decision.reason.value,
        )
        return SizeRecord(
            looked_at=now,
            desired=decision.desired,
            reason=decision.reason.value,
            sentence=decision.sentence,
            since=before.since if before is not None and is_same else now,
            terms=self._settings.terms(wishes),
            next_at=ruling.next_at,
            next_change=ruling.next_change,
            budget=allowance.sentence,
            memory=decision.memory,
        )

    def _unreadable(self, now: datetime, last: LastLook, wishes: Wishes, why: str) -> Tick:
        """Hold what nobody can see, with the memory as it was."""
        before = last.record
        record = SizeRecord(
            looked_at=now,
            desired=None,
            reason=Reason.UNKNOWN.value,
            sentence="the fleet's service can't be read: its size is left as it is",
            since=before.since if before and before.desired is None else now,
            terms=self._settings.terms(wishes),
            next_change="as soon as it can be read",
            trouble=why,
            memory=before.memory if before else Memory(),
            ask=before.ask if before else Ask(),
        )
        trouble = together(why, keep_record(self._ports.records, record, last.version + 1))
        return Tick(before=None, after=None, reason=record.reason, sentence=record.sentence, trouble=trouble)

    def _noted(self, now: datetime, before: int, after: int, ruling: Ruling) -> str:
        decision = ruling.decision
        change = SizeChange(
            at=now,
            before=before,
            after=after,
            reason=decision.reason.value,
            sentence=decision.sentence,
        )
        return note_change(self._ports.records, change)


def _with_plan(record: SizeRecord, plan: Shrunk) -> SizeRecord:
    """Remember what is set, which may be more than what is wanted, and say what that waits for."""
    memory = replace(record.memory, decided=plan.desired)
    if not plan.ask.is_open:
        return replace(record, memory=memory)
    return replace(record, memory=memory, next_at=None, next_change=ASKED)


def _held(why: str) -> Tick:
    sentence = "the ledger can't be read: the fleet's size is left as it is"
    return Tick(before=None, after=None, reason=Reason.UNKNOWN.value, sentence=sentence, trouble=why)


def _complaint(service: ServiceState, ruling: Ruling) -> str:
    """Pass on what the platform says where workers don't start: a quota, no capacity, an image that is not there."""
    return service.last_event if ruling.decision.reason is Reason.NOT_STARTING else ""
