import type { Person } from "../protocol/protocol";
import { personColour } from "../store/companions";
import { useWorkspace } from "./context";
import { initials } from "./format";

/** Everybody with the case open; me last and quieter. A click on somebody goes with them. */
export function People() {
  const { store } = useWorkspace();
  const me = store.boot.user;
  const others = store.people.value.filter((person) => person.id !== me.id);
  return (
    <ul class="people" aria-label="People in this case">
      {others.map((person) => (
        <li key={person.id}>
          <Companion person={person} />
        </li>
      ))}
      <li class="person is-me" title={`${me.name} (you)`}>
        <span aria-hidden="true">{initials(me.name)}</span>
        <span class="visually-hidden">{me.name}</span>
      </li>
    </ul>
  );
}

function Companion({ person }: { person: Person }) {
  const { store, following, axis } = useWorkspace();
  const place = store.companions.places.value.get(person.id);
  const followed = following.whom.value === person.id;
  const where = place ? `is at slice ${(place.at[axis] as number) + 1}` : "is looking elsewhere";
  return (
    <button
      type="button"
      class={place ? "person" : "person is-away"}
      style={{ "--person": personColour(person.id).ground, "--person-mark": personColour(person.id).mark }}
      aria-pressed={followed}
      aria-label={`Follow ${person.name}`}
      disabled={!place}
      title={`${person.name} ${where}${place && !followed ? "; click to go with them" : ""}`}
      onClick={() => following.toggle(person.id)}
    >
      <span aria-hidden="true">{initials(person.name)}</span>
    </button>
  );
}

/** Over the images while the view goes with somebody. */
export function FollowFrame() {
  const { store, following } = useWorkspace();
  const whom = store.people.value.find(({ id }) => id === following.whom.value);
  if (!whom) return null;
  return (
    <div class="follow-frame" style={{ "--person-mark": personColour(whom.id).mark }}>
      <span class="follow-note" role="status">
        With {whom.name}, until you move
      </span>
    </div>
  );
}
