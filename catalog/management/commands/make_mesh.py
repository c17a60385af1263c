"""Fill the catalog with a large synthetic mesh, to measure against."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from bench.mesh.planning import plan_mesh
from catalog.management.synthetic import write_mesh
from marketplace.kernel.actors import SYSTEM
from marketplace.kernel.errors import Duplicate

_TABLES = (
    "catalog_dataproduct, catalog_schemacolumn, catalog_outputport, catalog_contractversion, "
    "catalog_datacontract, catalog_inputport, catalog_searchword, catalog_lineagenode, "
    "catalog_lineageedge, catalog_domain, identity_team"
)


class Command(BaseCommand):
    """Plan from a seed and write in bulk. What it writes says that it is synthetic."""

    help = "Write a large synthetic mesh for measuring: made-up products, no data behind them."

    def add_arguments(self, parser: CommandParser) -> None:
        """How large, and from which seed."""
        parser.add_argument("--products", type=int, default=10_000)
        parser.add_argument("--columns", type=int, default=10, help="Columns per product.")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the mesh, then let PostgreSQL look at it."""
        if options["products"] < 2 or options["columns"] < 2:  # noqa: PLR2004
            raise CommandError("At least two products of two columns.")
        began = time.monotonic()
        plan = plan_mesh(options["products"], columns=options["columns"], seed=options["seed"])
        try:
            counts = write_mesh(SYSTEM, plan=plan)
        except Duplicate as refused:
            raise CommandError(str(refused)) from None
        with connection.cursor() as cursor:
            # VACUUM also empties the pending lists of the text indexes; not inside a transaction.
            vacuum = "ANALYZE" if connection.in_atomic_block else "VACUUM (ANALYZE)"
            cursor.execute(f"{vacuum} {_TABLES}")
        said = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        self.stdout.write(f"Synthetic mesh: {said} in {time.monotonic() - began:.1f} s.")
