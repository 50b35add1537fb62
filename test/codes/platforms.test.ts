import { provokes } from "./catalogue.ts";
import { MATCHING } from "./plans.ts";
import { PLATFORMS } from "./platforms.ts";

provokes("manifests against live jobs", MATCHING);
provokes("platforms", PLATFORMS);
