"""A seccomp filter for the sandbox: no sockets, no namespaces, no tracing, no way out of the process group.

Pure: builds the program as bytes; `worker.sandboxes.launcher` loads it. It is a deny list (an allow list for Python and Node
would have to follow every release of both), so it is one layer among several, never the only one.
"""

import struct
from collections.abc import Mapping
from types import MappingProxyType

_LOAD_WORD = 0x20
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_AT_LEAST = 0x35
_JUMP_IF_ANY_BIT = 0x45
_RETURN = 0x06

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_FAIL = 0x00050000
_EPERM, _ENOSYS, _EACCES = 1, 38, 13

_NUMBER_OFFSET, _ARCHITECTURE_OFFSET, _FIRST_ARGUMENT_OFFSET = 0, 4, 16
_X32_BIT = 0x40000000
"""Set in the numbers of the x32 interface, which would sidestep a list of x86-64 numbers."""
_NEW_NAMESPACES = 0x7E020080
"""Every CLONE_NEW* flag that `clone` takes."""

_AUDIT_ARCHITECTURE = MappingProxyType({"x86_64": 0xC000003E, "aarch64": 0xC00000B7})

_SAME_EVERYWHERE = MappingProxyType(
    {
        "io_uring_setup": 425,
        "io_uring_enter": 426,
        "io_uring_register": 427,
        "open_tree": 428,
        "move_mount": 429,
        "fsopen": 430,
        "fsconfig": 431,
        "fsmount": 432,
        "fspick": 433,
        "pidfd_getfd": 438,
        "mount_setattr": 442,
        "memfd_secret": 447,
    }
)

_X86_64 = MappingProxyType(
    {
        "shmget": 29,
        "semget": 64,
        "msgget": 68,
        "ptrace": 101,
        "syslog": 103,
        "setpgid": 109,
        "setsid": 112,
        "personality": 135,
        "pivot_root": 155,
        "adjtimex": 159,
        "chroot": 161,
        "acct": 163,
        "settimeofday": 164,
        "mount": 165,
        "umount2": 166,
        "swapon": 167,
        "swapoff": 168,
        "reboot": 169,
        "sethostname": 170,
        "setdomainname": 171,
        "iopl": 172,
        "ioperm": 173,
        "init_module": 175,
        "delete_module": 176,
        "quotactl": 179,
        "clock_settime": 227,
        "mq_open": 240,
        "kexec_load": 246,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "unshare": 272,
        "perf_event_open": 298,
        "fanotify_init": 300,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "clock_adjtime": 305,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "kcmp": 312,
        "finit_module": 313,
        "memfd_create": 319,  # its memory belongs to no process, so no limit would count it
        "kexec_file_load": 320,
        "bpf": 321,
        "userfaultfd": 323,
    }
)

_AARCH64 = MappingProxyType(
    {
        "umount2": 39,
        "mount": 40,
        "pivot_root": 41,
        "chroot": 51,
        "quotactl": 60,
        "acct": 89,
        "personality": 92,
        "unshare": 97,
        "kexec_load": 104,
        "init_module": 105,
        "delete_module": 106,
        "clock_settime": 112,
        "syslog": 116,
        "ptrace": 117,
        "reboot": 142,
        "setpgid": 154,
        "setsid": 157,
        "sethostname": 161,
        "setdomainname": 162,
        "settimeofday": 170,
        "adjtimex": 171,
        "mq_open": 180,
        "msgget": 186,
        "semget": 190,
        "shmget": 194,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "swapon": 224,
        "swapoff": 225,
        "perf_event_open": 241,
        "fanotify_init": 262,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "clock_adjtime": 266,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "kcmp": 272,
        "finit_module": 273,
        "memfd_create": 279,  # as above
        "bpf": 280,
        "userfaultfd": 282,
        "kexec_file_load": 294,
    }
)

_DENIED: Mapping[str, Mapping[str, int]] = MappingProxyType(
    {"x86_64": _X86_64 | _SAME_EVERYWHERE, "aarch64": _AARCH64 | _SAME_EVERYWHERE}
)
_SOCKET = MappingProxyType({"x86_64": 41, "aarch64": 198})
_CLONE = MappingProxyType({"x86_64": 56, "aarch64": 220})
_CLONE3 = 435

MACHINES = frozenset(_AUDIT_ARCHITECTURE)
"""Machines (as `platform.machine()` names them) that a filter can be built for."""


def build_filter(machine: str) -> bytes:
    """Write the filter for a machine as an array of `struct sock_filter`."""
    program = [
        _instruction(_LOAD_WORD, _ARCHITECTURE_OFFSET),
        _instruction(_JUMP_IF_EQUAL, _AUDIT_ARCHITECTURE[machine], if_true=1),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD_WORD, _NUMBER_OFFSET),
        _instruction(_JUMP_IF_AT_LEAST, _X32_BIT, if_false=1),
        _instruction(_RETURN, _KILL_PROCESS),
        *_answer(
            _CLONE3, _ENOSYS
        ),  # its flags lie in memory that a filter can't read; the C library falls back to clone
        *_answer(_SOCKET[machine], _EACCES),  # of every family; socketpair stays, event loops need it
    ]
    for number in sorted(_DENIED[machine].values()):
        program += _answer(number, _EPERM)
    program += [
        _instruction(_JUMP_IF_EQUAL, _CLONE[machine], if_false=3),
        _instruction(_LOAD_WORD, _FIRST_ARGUMENT_OFFSET),
        _instruction(_JUMP_IF_ANY_BIT, _NEW_NAMESPACES, if_false=1),
        _instruction(_RETURN, _FAIL | _EPERM),
        _instruction(_RETURN, _ALLOW),
    ]
    return b"".join(program)


def _answer(number: int, error: int) -> list[bytes]:
    return [_instruction(_JUMP_IF_EQUAL, number, if_false=1), _instruction(_RETURN, _FAIL | error)]


def _instruction(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
