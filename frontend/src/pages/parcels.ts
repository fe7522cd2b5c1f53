/** What goes up together: a file that is a volume by itself, or the files of a DICOM series. */
export interface Parcel {
  name: string;
  files: readonly File[];
  isSeries: boolean;
}

const WHOLE_VOLUMES = [".nii", ".nii.gz", ".nrrd", ".mha", ".zip"];
/** The server takes as many at once; a ZIP file holds more. */
export const MOST_FILES = 800;
/** What lies about in folders and is no image. */
const NOT_MEANT = /^(\.|dicomdir$|thumbs\.db$)/i;

/** A parcel for each volume, and one for all other files: they are taken for slices of one series. */
export function parcelsOf(files: readonly File[]): Parcel[] {
  const isWhole = ({ name }: File) => WHOLE_VOLUMES.some((ending) => name.toLowerCase().endsWith(ending));
  const parcels = files.filter(isWhole).map((file) => ({ name: file.name, files: [file], isSeries: false }));
  const slices = files.filter((file) => !isWhole(file) && !NOT_MEANT.test(file.name));
  if (slices.length === 0) return parcels;
  const name = slices.length === 1 ? "DICOM, 1 file" : `DICOM, ${slices.length} files`;
  return [...parcels, { name, files: slices, isSeries: true }];
}

/** Everything that was dropped, with what lies in folders. */
export async function filesOf(dropped: DataTransfer | null): Promise<File[]> {
  // The list of items is gone once we wait for anything, so all entries are taken first.
  const found = [...(dropped?.items ?? [])].map((item) => {
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    return entry ? filesBelow(entry) : Promise.resolve(file ? [file] : []);
  });
  return (await Promise.all(found)).flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const below: File[] = [];
  for (;;) {
    // A reader gives at most a hundred at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return below;
    for (const one of some) below.push(...(await filesBelow(one)));
  }
}
