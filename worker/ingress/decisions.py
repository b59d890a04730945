"""Pure: what a delivery comes to, and the rules that it is judged by."""

from dataclasses import dataclass, replace

from worker.domain.job import JobKind
from worker.domain.origin import Origin, decode_origin
from worker.domain.reply import Reply, Topic
from worker.ingress.fields import at, number_at, text_at

OWN_BRANCHES = "fleet/"
"""Branches that the fleet's publication pushes: what happens on them asks for nothing."""
MAINTAINERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Who may ask for work, as `author_association` has it."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is served."""

    repositories: tuple[str, ...]
    """owner/name, or owner/* for all of an owner's; nothing else is served."""
    app_slug: str = ""
    """The fleet's own GitHub App; empty where there is none."""

    def serves(self, repository: str) -> bool:
        """Tell whether a repository is on the list; GitHub takes names in any case for the same."""
        name = repository.lower()
        owner = f"{name.partition('/')[0]}/*"
        return bool(name) and any(entry.lower() in {name, owner} for entry in self.repositories)


@dataclass(frozen=True, kw_only=True)
class Ignored:
    """Nothing is done."""

    reason: str
    """Why, for whoever reads the list of deliveries."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """Work."""

    kind: JobKind
    """What is asked for."""
    origin: Origin
    """On what, and who is answered."""
    priority: int
    """Chooses the lane."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Somebody spoke to the fleet, and is told something; there is no work in it but to say so."""

    reply: Reply
    """What to say, and in which issue or pull request."""
    repository: str
    """Where."""
    event: str = ""
    """Event and action."""
    delivery: str = ""
    """Id of the delivery."""

    @property
    def priority(self) -> int:
        """Somebody waits, unless it is nobody whose word counts."""
        return 0 if self.is_said_once else 5

    @property
    def is_said_once(self) -> bool:
        """However often it is asked: whose word starts no work has no words from the fleet for the asking either."""
        return self.reply.topic is Topic.STRANGER


Decision = Ignored | Requested | Said


class Unusable(Exception):
    """A payload lacks what its event promises; the message says what."""


def origin_of(payload: object, **found: object) -> Origin:
    """Return the origin of what was found in a payload; raises Unusable where that can't be used as it is."""
    fields = {
        "repository": text_at(payload, "repository", "full_name"),
        "clone_url": text_at(payload, "repository", "clone_url"),
        "installation": number_at(payload, "installation", "id"),
        "asked_by": text_at(payload, "sender", "login"),
        **found,
    }
    faults: list[str] = []
    origin = decode_origin({name: value for name, value in fields.items() if value not in (None, "")}, faults)
    if origin is None:
        raise Unusable("; ".join(faults))
    return origin


def marked(decision: Decision, *, event: str, delivery: str) -> Decision:
    """Return the decision with the delivery that it comes from."""
    if isinstance(decision, Said):
        return replace(decision, event=event, delivery=delivery)
    if isinstance(decision, Ignored):
        return decision
    return replace(decision, origin=replace(decision.origin, event=event, delivery=delivery))


def is_bot(payload: object, *names: str) -> bool:
    """Tell whether the account at this path is a program: to answer programs is how loops begin."""
    return text_at(payload, *names, "type") == "Bot" or text_at(payload, *names, "login").endswith("[bot]")


def is_null_commit(sha: str) -> bool:
    """Tell whether this stands for no commit: a branch that is made or removed."""
    return not sha.strip("0")


def is_of_fork(payload: object, *names: str) -> bool:
    """Tell whether the repository at this path is another than the one that the delivery is about; one that is gone is, too."""
    head = at(payload, *names)
    return text_at(head, "full_name").lower() != text_at(payload, "repository", "full_name").lower()
