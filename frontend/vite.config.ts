import { defineConfig } from "vitest/config";

export default defineConfig({
  // The web server serves dist/ under its static URL; it finds an entry's files in the manifest.
  base: "/static/",
  publicDir: false,
  build: {
    target: "es2022",
    manifest: true,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["src/app/workspace.tsx", "src/app/pages.ts"] },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "node",
    restoreMocks: true,
  },
});
