// What is known of the APIs that many people talk to: for system(name, { vendor }). One file each; docs/vendors.md has them as a table.
import "../../node-version.ts";

export { airtable } from "./airtable.ts";
export { github } from "./github.ts";
export { google } from "./google.ts";
export { graph } from "./graph.ts";
export { hubspot } from "./hubspot.ts";
export { notion } from "./notion.ts";
export { paypal } from "./paypal.ts";
export { quickbooks } from "./quickbooks.ts";
export { salesforce } from "./salesforce.ts";
export { shopifyGraphql } from "./shopify-graphql.ts";
export { shopifyRest } from "./shopify-rest.ts";
export { slack } from "./slack.ts";
export { square } from "./square.ts";
export { stripe } from "./stripe.ts";
export { twilio } from "./twilio.ts";
export { xero } from "./xero.ts";
export { zendesk } from "./zendesk.ts";
