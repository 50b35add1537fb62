import { provokes } from "./catalogue.ts";
import { COMMAND_LINE } from "./command-line.ts";
import { OWNED, STATES } from "./states.ts";

provokes("the state", STATES);
provokes("what the state owns", OWNED);
provokes("the command line", COMMAND_LINE);
