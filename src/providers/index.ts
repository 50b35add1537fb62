import type { TargetConfig } from "../model/config.ts";
import type { ApiVersion, ProviderId } from "../model/job.ts";
import { connectBlaxel } from "./blaxel/client.ts";
import { fromBlaxel } from "./blaxel/convert.ts";
import { BLAXEL_FIELDS } from "./blaxel/fields.ts";
import { blaxelCreate, blaxelDelete, blaxelUpdate } from "./blaxel/request.ts";
import { connectNimble } from "./nimble/client.ts";
import { fromNimble } from "./nimble/convert.ts";
import { NIMBLE_FIELDS } from "./nimble/fields.ts";
import { nimbleCreate, nimbleDelete, nimbleUpdate } from "./nimble/request.ts";
import type { ConnectContext, Provider, ProviderClient } from "./provider.ts";

const nimble: Provider = {
  id: "nimble",
  fields: NIMBLE_FIELDS,
  fromApi: fromNimble,
  createRequest: nimbleCreate,
  updateRequest: nimbleUpdate,
  deleteRequest: nimbleDelete,
  connect: (target, apiVersions, context) => connectNimble(target, apiVersions, context, fromNimble),
};

const blaxel: Provider = {
  id: "blaxel",
  fields: BLAXEL_FIELDS,
  fromApi: fromBlaxel,
  createRequest: blaxelCreate,
  updateRequest: (_apiVersion, live, changes) => blaxelUpdate(live, changes),
  deleteRequest: (_apiVersion, id) => blaxelDelete(id),
  connect: (target, apiVersions, context) => connectBlaxel(target, apiVersions, context, fromBlaxel),
};

/** Every platform that this version knows. A further one is a folder and a line here. */
export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = { nimble, blaxel };

/** A platform by its id. */
export function providerOf(id: ProviderId): Provider {
  return PROVIDERS[id];
}

/** Connects one target. Sends nothing yet. */
export function connect(
  target: TargetConfig,
  apiVersions: readonly ApiVersion[],
  context: ConnectContext,
): ProviderClient {
  return PROVIDERS[target.provider].connect(target, apiVersions, context);
}
