// The editors, in one chunk: SQL in the lab, which knows the columns, with a run that can be stopped
// and rows that can be sorted; and YAML for descriptors, with problems at their lines.
// Without it the text areas, the buttons and the table do the same work.
import { startYaml } from "./code/yaml.js";
import { startEditor } from "./lab/editor.js";
import { startRows } from "./lab/rows.js";
import { startRun } from "./lab/run.js";

startEditor();
startYaml();
startRun();
startRows();
