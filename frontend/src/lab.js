// The lab: an editor that knows the columns, a run that can be stopped, rows that can be sorted.
// Without it the text area, the button and the table do the same work.
import { startEditor } from "./lab/editor.js";
import { startRows } from "./lab/rows.js";
import { startRun } from "./lab/run.js";

startEditor();
startRun();
startRows();
