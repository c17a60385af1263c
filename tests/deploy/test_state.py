import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.problems import AlreadyRunning, CannotStart
from deploy.embedded.state import MAX_SOCKET_FOLDER, State, is_free, password, socket_folder


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    first = State(tmp_path / "var").secret("secret-key")
    again = State(tmp_path / "var").secret("secret-key")

    assert first == again
    assert len(first) == 64
    assert (tmp_path / "var" / "secrets" / "secret-key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_two_secrets_differ(tmp_path):
    state = State(tmp_path)

    assert state.secret("one") != state.secret("other")


def test_a_password_can_be_typed():
    groups = password().split("-")

    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert not set("l0o1") & set("".join(groups)) - {"o"}


def test_a_second_start_on_the_same_folder_is_refused_and_names_the_first(tmp_path):
    first, second = State(tmp_path), State(tmp_path)
    first.lock()

    with pytest.raises(
        AlreadyRunning, match=rf"already runs on {tmp_path} \(process {os.getpid()}\)"
    ):
        second.lock()

    first.unlock()
    second.lock()
    second.unlock()


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import os, signal, pathlib; from deploy.embedded.state import State;"
        f"State(pathlib.Path({str(tmp_path)!r})).lock(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=_root())
    assert done.returncode == -9

    state = State(tmp_path)
    state.lock()

    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    state.unlock()


def test_a_port_stays_the_same_while_it_is_free(tmp_path):
    state = State(tmp_path)
    state.note("warehouse-port", str(chosen := _free()))

    assert state.port("warehouse-port", preferred=_free()) == chosen


def test_two_stacks_that_start_at_once_are_given_two_ports(tmp_path):
    wanted = _free()
    ours = State(tmp_path / "ours").port("warehouse-port", preferred=wanted)
    code = (
        "import sys; from pathlib import Path; from deploy.embedded.state import State;"
        "print(State(Path(sys.argv[1])).port('warehouse-port', int(sys.argv[2])))"
    )
    theirs = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "theirs"), str(wanted)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ours == wanted
    assert theirs.stdout.strip().isdigit()
    assert theirs.stdout.strip() != str(wanted)


def test_a_port_that_somebody_took_is_replaced_and_the_new_one_remembered(tmp_path):
    state = State(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        state.note("warehouse-port", str(taken))

        found = state.port("warehouse-port", preferred=taken)

        assert found != taken
        assert not is_free(taken)
        assert state.recall("warehouse-port") == str(found)


def test_the_environment_of_a_running_stack_is_kept_private(tmp_path):
    state = State(tmp_path)

    state.keep_environment({"SECRET_KEY": "a=b", "EMPORION_ENV": "embedded"})

    assert state.environment() == {"SECRET_KEY": "a=b", "EMPORION_ENV": "embedded"}
    assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600


def test_sockets_lie_in_the_state_folder_when_its_path_is_short(tmp_path):
    short = Path("/tmp") / f"e{os.getpid()}"
    try:
        assert socket_folder(short) == short / "sock"
        assert (short / "sock").stat().st_mode & 0o777 == 0o700
    finally:
        (short / "sock").rmdir()
        short.rmdir()


def test_sockets_of_a_long_path_lie_in_a_short_folder_that_is_the_same_each_time(tmp_path):
    long = tmp_path / ("x" * MAX_SOCKET_FOLDER)

    found = socket_folder(long)
    try:
        assert found == socket_folder(long)
        assert len(str(found)) < MAX_SOCKET_FOLDER
        assert found.stat().st_mode & 0o777 == 0o700
    finally:
        found.rmdir()


def test_a_socket_folder_that_somebody_put_a_link_at_is_refused(tmp_path):
    long = tmp_path / ("y" * MAX_SOCKET_FOLDER)
    found = socket_folder(long)
    found.rmdir()
    found.symlink_to(tmp_path)
    try:
        with pytest.raises(CannotStart, match="belongs to somebody else"):
            socket_folder(long)
    finally:
        found.unlink()


def _free():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _root():
    return Path(__file__).resolve().parents[2]
