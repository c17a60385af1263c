// The page script. Everything it does has a way without it: links, forms, <details>.
import htmx from "htmx.org";
import { startAnswers } from "./js/answers.js";
import { startClicks } from "./js/clicks.js";
import { startDrawer } from "./js/drawer.js";
import { startFields } from "./js/fields.js";
import { startKeys } from "./js/keys.js";
import { startLineage } from "./js/lazy.js";
import { startLive } from "./js/live.js";
import { startPalette } from "./js/palette.js";
import { startTabs } from "./js/tabs.js";
import { startTheme } from "./js/theme.js";
import { startTimes } from "./js/times.js";
import { startToast } from "./js/toast.js";

window.htmx = htmx;
// Left alone it wires the page in a timer, which the load event and a quick typist overtake.
htmx.initialize();
startToast();
startTheme();
startTimes();
startTabs();
startClicks();
startAnswers();
startFields();
startDrawer(htmx);
startPalette(htmx);
startKeys();
startLive(htmx);
startLineage();
