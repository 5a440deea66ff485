// Prints one customer's orders, with whatever AWS identity the environment gives:
//   writ sudo orders-read --param customer=C-42 --for 10m --reason "INC-42" -- node examples/query-orders.mjs C-42
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';

// The pinned SDK works on Node 20 too; its advice for later versions would only be noise here.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const [customer, table = 'orders'] = process.argv.slice(2);
if (!customer) {
  process.stderr.write('usage: node examples/query-orders.mjs CUSTOMER [TABLE]\n');
  process.exit(2);
}

try {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  const items = [];
  const query = {
    TableName: table,
    KeyConditionExpression: 'customer = :customer',
    ExpressionAttributeValues: { ':customer': customer },
  };
  for await (const page of paginateQuery({ client }, query)) items.push(...(page.Items ?? []));
  print(items);
} catch (error) {
  // AccessDeniedException: IAM refused. ExpiredTokenException: the session is over.
  process.stderr.write(`${error.name}: ${error.message}\n`);
  process.exit(1);
}

function print(items) {
  const names = ['order', 'placedAt', 'article', 'quantity', 'status'];
  const rows = [names, ...items.map((item) => names.map((name) => String(item[name] ?? '')))];
  const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) {
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
  process.stdout.write(`${items.length} orders of ${customer}\n`);
}
