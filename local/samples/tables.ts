/** The sample tables of the make-believe accounts, and what is in them: the same on every laptop. */

export interface SampleTable {
  readonly accountId: string;
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey: string;
  readonly items: readonly Readonly<Record<string, string | number>>[];
}

export const SHOP_ACCOUNT = '111122223333';
export const ARCHIVE_ACCOUNT = '444455556666';

interface Customer {
  readonly customer: string;
  readonly name: string;
  readonly street: string;
  readonly town: string;
}

const CUSTOMERS: readonly Customer[] = [
  { customer: 'C-41', name: 'Ines Okafor', street: '8 Quay Road', town: 'Bristol' },
  { customer: 'C-42', name: 'Mara Lindqvist', street: '3 Harbour Street', town: 'Leith' },
  { customer: 'C-43', name: 'Tomás Herrera', street: '27 Mill Lane', town: 'Ghent' },
  { customer: 'C-44', name: 'Yuki Tanabe', street: '140 Station Square', town: 'Utrecht' },
];

interface Article {
  readonly article: string;
  readonly cents: number;
}

const ARTICLES: readonly [Article, ...Article[]] = [
  { article: 'Walking boots', cents: 14_900 },
  { article: 'Rain jacket', cents: 8_950 },
  { article: 'Camping stove', cents: 5_400 },
  { article: 'Map of the fells', cents: 1_250 },
  { article: 'Head torch', cents: 3_200 },
];

const STATES = ['delivered', 'delivered', 'shipped', 'placed'] as const;

/** What a customer ordered in one year: as many orders as `months` has. */
function ordersOf(customer: Customer, index: number, year: number, months: readonly number[]) {
  return months.map((month, order) => {
    const { article, cents } = ARTICLES[(index * 2 + order * 3) % ARTICLES.length] ?? ARTICLES[0];
    const quantity = 1 + ((index + order) % 3);
    return {
      ...customer,
      order: `O-${year}-${String(month).padStart(2, '0')}-${String(index * 10 + order + 1).padStart(3, '0')}`,
      placedAt: new Date(Date.UTC(year, month - 1, 3 + index * 2 + order, 9, 30)).toISOString(),
      article,
      quantity,
      totalCents: cents * quantity,
      currency: 'EUR',
      status: year < 2026 ? 'delivered' : (STATES[order % STATES.length] ?? 'placed'),
    };
  });
}

const ORDERS = CUSTOMERS.flatMap((customer, index) =>
  ordersOf(customer, index, 2026, [3, 7, 10].slice(0, 2 + (index % 2))),
);
const ARCHIVED = CUSTOMERS.flatMap((customer, index) => ordersOf(customer, index, 2019, [2, 11]));

const PAYMENTS = ORDERS.map(({ customer, order, placedAt, totalCents, currency }, index) => ({
  customer,
  payment: `P-${String(7_001 + index)}`,
  order,
  paidAt: placedAt,
  amountCents: totalCents,
  currency,
  method: index % 2 === 0 ? 'card' : 'transfer',
  cardEndsWith: index % 2 === 0 ? String(4_242 + index * 7) : 'none',
}));

export const SAMPLE_TABLES: readonly SampleTable[] = [
  { accountId: SHOP_ACCOUNT, name: 'orders', partitionKey: 'customer', sortKey: 'order', items: ORDERS },
  { accountId: SHOP_ACCOUNT, name: 'payments', partitionKey: 'customer', sortKey: 'payment', items: PAYMENTS },
  { accountId: ARCHIVE_ACCOUNT, name: 'orders-archive', partitionKey: 'customer', sortKey: 'order', items: ARCHIVED },
];
