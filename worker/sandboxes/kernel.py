"""The few calls of the Linux kernel that Python has no name for, through the C library.

Used by the launcher in the process that is about to become the sandboxed one; each raises OSError where the kernel refuses.
"""

import ctypes
import os
import struct

_SET_PARENT_DEATH_SIGNAL = 1
_SET_KEEP_CAPABILITIES = 8
_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_SET_CHILD_SUBREAPER = 36
_SET_NO_NEW_PRIVILEGES = 38
_AMBIENT = 47
_AMBIENT_RAISE = 2

SEARCH_CAPABILITY = 2
"""CAP_DAC_READ_SEARCH."""
_CAPABILITY_VERSION_3 = 0x20080522

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
"""Numbers of the Landlock calls, the same on every machine."""
_LANDLOCK_VERSION_FLAG = 1
_LANDLOCK_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1, 2, 4, 8
_HANDLED_BY_ABI = ((1, (1 << 13) - 1), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))
"""Landlock ABI -> access rights that it brought: files, refer, truncate, device control."""
_NETWORK_ABI, _ALL_NETWORK = 4, 0b11
_SCOPE_ABI, _ALL_SCOPES = 6, 0b11
"""Abstract Unix sockets, and signals to processes outside."""
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | (1 << 14) | (1 << 15)
"""What may be granted for a path that is no folder."""


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _control(what: str, option: int, first: int = 0, second: int = 0) -> None:
    arguments = [ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    _checked(_library().prctl(option, *arguments), what)


def die_with_parent(signal: int) -> None:
    """Send `signal` to this process when its parent dies; a change of user forgets it, so call this after one."""
    _control("parent death signal", _SET_PARENT_DEATH_SIGNAL, signal)


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent dies."""
    _control("adopting orphans", _SET_CHILD_SUBREAPER, 1)


def forbid_new_privileges() -> None:
    """Let no set-user-id program ever raise what this process may do."""
    _control("no new privileges", _SET_NO_NEW_PRIVILEGES, 1)


def become(user_id: int, *, keeps_search: bool) -> None:
    """Become another user for good, with no group and no capability, or with the one to search folders."""
    if keeps_search:
        _control("keep capabilities", _SET_KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(user_id, user_id, user_id)
    os.setresuid(user_id, user_id, user_id)
    if keeps_search:
        _keep_only_search()


def _keep_only_search() -> None:
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    bits = 1 << SEARCH_CAPABILITY
    sets = ctypes.create_string_buffer(struct.pack("=6I", bits, bits, bits, 0, 0, 0))
    _checked(_library().capset(header, sets), "capabilities")
    _control("ambient capability", _AMBIENT, _AMBIENT_RAISE, SEARCH_CAPABILITY)


def load_filter(program: bytes) -> None:
    """Install a seccomp filter, an array of `struct sock_filter`."""
    instructions = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(
        struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    )
    _control("seccomp", _SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(header))


def landlock_abi() -> int:
    """Version of Landlock that the kernel has; 0 where it has none."""
    flag = ctypes.c_uint(_LANDLOCK_VERSION_FLAG)
    version = _library().syscall(ctypes.c_long(_LANDLOCK_CREATE), None, ctypes.c_size_t(0), flag)
    return max(int(version), 0)


def confine_files(*, readable: list[str], writable: list[str]) -> None:
    """Let this process see nothing but these paths from now on; `writable` ones may be read, run and changed."""
    abi = landlock_abi()
    handled = sum(rights for since, rights in _HANDLED_BY_ABI if abi >= since)
    network = _ALL_NETWORK if abi >= _NETWORK_ABI else 0
    scopes = _ALL_SCOPES if abi >= _SCOPE_ABI else 0
    size = 24 if abi >= _SCOPE_ABI else 16 if abi >= _NETWORK_ABI else 8
    attributes = ctypes.create_string_buffer(struct.pack("=3Q", handled, network, scopes))
    library = _library()
    call = ctypes.c_long
    ruleset = library.syscall(call(_LANDLOCK_CREATE), attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    _checked(ruleset, "landlock ruleset")
    for path in readable:
        _allow(library, ruleset, path, _EXECUTE | _READ_FILE | _READ_FOLDER)
    for path in writable:
        _allow(library, ruleset, path, handled)
    _checked(library.syscall(call(_LANDLOCK_RESTRICT), ctypes.c_int(ruleset), ctypes.c_uint(0)), "landlock")
    os.close(ruleset)


def _allow(library: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what isn't there needs no permission
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib would double the launcher's start-up time
            rights &= _FILE_RIGHTS
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        arguments = (ctypes.c_int(ruleset), ctypes.c_int(_LANDLOCK_BENEATH), rule, ctypes.c_uint(0))
        _checked(library.syscall(ctypes.c_long(_LANDLOCK_ADD), *arguments), f"landlock rule for {path}")
    finally:
        os.close(place)
