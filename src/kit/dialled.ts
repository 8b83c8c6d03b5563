/** A number with its plus, as it is dialled; any other address as it is. */
export function dialled(address: string): string {
  return /^\d{1,15}$/.test(address) ? `+${address}` : address
}
