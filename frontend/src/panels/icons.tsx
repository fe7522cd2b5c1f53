/** Line icons on a 16 px grid, drawn for this application. */

const PATHS = {
  undo: "M6 3 2.5 6.5 6 10M3 6.5h6.5a4 4 0 0 1 0 8H7",
  redo: "M10 3l3.5 3.5L10 10M13 6.5H6.5a4 4 0 0 0 0 8H9",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  eyeOff:
    "M2 2l12 12M6.2 3.8A6.4 6.4 0 0 1 8 3.5c4 0 6.500 4.500 6.500 4.500a12 12 0 0 1-2 2.500M4.200 4.900C2.500 6.200 1.500 8 1.500 8S4 12.500 8 12.500c1 0 2-.3 2.800-.7",
  plus: "M8 3v10M3 8h10",
  download: "M8 2.500v7.500M4.800 7 8 10.200 11.200 7M2.500 13.500h11",
  check: "M3 8.500 6.500 12 13 4.500",
  close: "M4 4l8 8M12 4l-8 8",
  help: "M5.800 6a2.200 2.200 0 1 1 3.200 2c-.7.3-1 .8-1 1.500M8 11.800v.2",
  back: "M9.500 3.500 5 8l4.500 4.500",
  pencil: "M3 13l.7-3L11 2.700 13.300 5 6 12.300 3 13Z",
  upload: "M8 10.500V3M4.800 6.200 8 3l3.200 3.200M2.500 13.500h11",
  target: "M8 1.500v3M8 11.500v3M1.500 8h3M11.500 8h3M8 9a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z",
  paneOne: "M2.5 3h11v10h-11Z",
  paneThree: "M2.5 3h11v10h-11ZM9.500 3v10M9.500 8h4",
  paneFour: "M2.5 3h11v10h-11ZM8 3v10M2.500 8h11",
  link: "M6.500 9.500l3-3M7.500 4.500 9 3a2.830 2.830 0 0 1 4 4l-1.500 1.500M8.500 11.500 7 13a2.830 2.830 0 0 1-4-4l1.500-1.500",
  outline: "M8 2.500c3.500 0 5.500 2 5.500 5s-1.500 6-5 6-6-2-6-5.500 2-5.500 5.500-5.500Z",
  ruler: "M1.800 11.200 11.200 1.800l3 3-9.400 9.400ZM4.500 8.500 6 10M6.800 6.200l2 2M9.200 3.800l1.500 1.500",
  angle: "M13.500 12.500h-11L10.500 3M7.500 12.500a5 5 0 0 0-1.800-3.700",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
