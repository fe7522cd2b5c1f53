import { inWorld } from "../viewer/readout";
import { useWorkspace } from "./context";
import { duration } from "./format";
import { runSentence } from "./runSentence";

const CONNECTION_WORDS = {
  connecting: "Connecting…",
  live: "Live",
  offline: "No connection, trying again…",
  refused: "No access any more; please reload",
} as const;

export function StatusLine() {
  return (
    <footer class="status-line">
      <ConnectionState />
      <RunState />
      <FeatureState />
      <ImageState />
      <span class="topbar-space" />
      <Place />
    </footer>
  );
}

function ConnectionState() {
  const { store } = useWorkspace();
  const state = store.connection.value;
  const latency = store.latencyMs.value;
  return (
    <span class={`status-item connection is-${state}`} role="status" data-connection={state}>
      <span class="lamp" aria-hidden="true" />
      {CONNECTION_WORDS[state]}
      {state === "live" && latency !== null && (
        <span class="quiet" title="From the last click to the server's acknowledgement">
          {duration(latency)}
        </span>
      )}
    </span>
  );
}

function RunState() {
  const { store } = useWorkspace();
  const run = store.run.value;
  if (!run) return null;
  const busy = run.state === "running" || run.state === "queued";
  return (
    <span class={`status-item run is-${run.state}`} role="status" data-run-state={run.state}>
      {busy && <span class="pulse" aria-hidden="true" />}
      {runSentence(run, store.recomputed.value, store.slices.length)}
    </span>
  );
}

function FeatureState() {
  const { done, total, state } = useWorkspace().store.features.value;
  if (state === "ready" || total === 0) return null;
  if (state === "failed") return <span class="status-item is-failed">Preparing the image failed</span>;
  return <Progress says={`Preparing ${done}/${total}`} share={done / total} />;
}

function ImageState() {
  const share = useWorkspace().store.imageLoaded.value;
  return share >= 1 ? null : <Progress says="Loading image" share={share} />;
}

function Progress({ says, share }: { says: string; share: number }) {
  return (
    <label class="status-item progress">
      {says}
      <progress value={share} max={1} />
    </label>
  );
}

/** Voxel (x, y, z) under the crosshair and its place in the patient. */
function Place() {
  const { crosshair, volume, view } = useWorkspace();
  const [z, y, x] = crosshair.value;
  const { world } = view.style.value;
  const place = inWorld(volume.affine, crosshair.value, world).map((at) => at.toFixed(1));
  return (
    <span class="status-item numbers">
      <span title="Voxel (x, y, z)">
        {x}, {y}, {z}
      </span>
      <span class="quiet" title="Place in the patient, in millimetres">
        {world} {place.join(", ")} mm
      </span>
    </span>
  );
}
