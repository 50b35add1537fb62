import { provokes } from "./catalogue.ts";
import { REFUSED, WRITING } from "./plans.ts";

provokes("refusals and notes", REFUSED);
provokes("what is written", WRITING);
