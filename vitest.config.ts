import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Most tests wait for processes of their own: one worker a core, where vitest would leave a core free.
    maxWorkers: "100%",
    environment: "node",
    env: { NO_COLOR: "1" },
  },
});
