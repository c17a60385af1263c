"""A throwaway MySQL on loopback, where one is installed: Oracle's archive, or EMPORION_MYSQLD.

Debian has none (its /usr/sbin/mysqld is MariaDB), so where nobody put one, its tests are left out
by name and the flavour rests on the golden statements.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.children import Child
from deploy.embedded.state import LOOPBACK, free_port, token
from marketplace.connectors.mariadb.flavours import Flavour
from tests.connectors.installed import SERVERS
from tests.connectors.mariadb_server import Server, prepared

_OPTIONS = (
    "--user=root",
    f"--bind-address={LOOPBACK}",
    "--skip-name-resolve",
    "--skip-log-bin",
    "--mysqlx=OFF",
    "--secure-file-priv=NULL",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-log-at-trx-commit=0",
    "--character-set-server=latin1",
)


@contextmanager
def a_mysql_server() -> Iterator[Server]:
    """Start a server in a folder of its own, prepare it, and take both away."""
    program = SERVERS["mysql_server"][0]
    folder = Path(tempfile.mkdtemp(prefix="emporion-mysql-"))
    data, line, port = folder / "data", folder / "sock", free_port()
    start = [program, "--no-defaults", "--user=root", f"--datadir={data}"]
    subprocess.run(
        [*start, "--initialize-insecure", "--secure-file-priv=NULL"],
        check=True,
        capture_output=True,
    )
    command = [program, "--no-defaults", *_OPTIONS, f"--datadir={data}", f"--socket={line}"]
    command += [f"--port={port}", f"--pid-file={folder / 'pid'}"]
    child = Child("MySQL", command, folder / "log")
    server = Server(line, port, token(), Flavour.MYSQL)
    with prepared(server, child, folder):
        yield server
