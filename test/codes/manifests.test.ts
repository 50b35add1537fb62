import { provokes } from "./catalogue.ts";
import { CONFIG } from "./configs.ts";
import { FILES, RULES, SCHEMA } from "./manifests.ts";

provokes("files and YAML", FILES);
provokes("the schema", SCHEMA);
provokes("rules", RULES);
provokes("the config", CONFIG);
