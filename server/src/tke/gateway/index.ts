export { type GatewayPorts, registerGatewayRoutes } from './gateway.routes.ts';
