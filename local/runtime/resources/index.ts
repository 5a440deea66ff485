/** Every resource type that the local runtime knows. */
import type { Deploy } from '../deploy/resource.ts';
import * as api from './api-gateway.ts';
import { deployGlobalTable, deployTable } from './dynamodb.ts';
import { deployEventBus, deployEventBusPolicy, deployEventRule } from './events.ts';
import { deployManagedPolicy, deployPolicy, deployRole } from './iam.ts';
import { deployAlias, deployKey } from './kms.ts';
import { deployEventInvokeConfig, deployEventSourceMapping, deployFunction, deployPermission } from './lambda.ts';
import { NO_EFFECT } from './no-effect.ts';
import { deploySchedule, deployScheduleGroup } from './scheduler.ts';
import { deployRotationSchedule, deploySecret, deploySecretPolicy } from './secrets.ts';
import { deploySubscription, deployTopic, deployTopicPolicy } from './sns.ts';
import { deployQueue, deployQueuePolicy } from './sqs.ts';
import { deployStateMachine } from './step-functions.ts';

export const RESOURCE_TYPES: Readonly<Record<string, Deploy>> = {
  ...NO_EFFECT,
  'AWS::ApiGateway::Deployment': api.deployApiDeployment,
  'AWS::ApiGateway::GatewayResponse': api.deployGatewayResponse,
  'AWS::ApiGateway::Method': api.deployMethod,
  'AWS::ApiGateway::Model': api.deployModel,
  'AWS::ApiGateway::RequestValidator': api.deployRequestValidator,
  'AWS::ApiGateway::Resource': api.deployApiResource,
  'AWS::ApiGateway::RestApi': api.deployRestApi,
  'AWS::ApiGateway::Stage': api.deployStage,
  'AWS::DynamoDB::GlobalTable': deployGlobalTable,
  'AWS::DynamoDB::Table': deployTable,
  'AWS::Events::EventBus': deployEventBus,
  'AWS::Events::EventBusPolicy': deployEventBusPolicy,
  'AWS::Events::Rule': deployEventRule,
  'AWS::IAM::ManagedPolicy': deployManagedPolicy,
  'AWS::IAM::Policy': deployPolicy,
  'AWS::IAM::Role': deployRole,
  'AWS::KMS::Alias': deployAlias,
  'AWS::KMS::Key': deployKey,
  'AWS::Lambda::EventInvokeConfig': deployEventInvokeConfig,
  'AWS::Lambda::EventSourceMapping': deployEventSourceMapping,
  'AWS::Lambda::Function': deployFunction,
  'AWS::Lambda::Permission': deployPermission,
  'AWS::SNS::Subscription': deploySubscription,
  'AWS::SNS::Topic': deployTopic,
  'AWS::SNS::TopicPolicy': deployTopicPolicy,
  'AWS::SQS::Queue': deployQueue,
  'AWS::SQS::QueuePolicy': deployQueuePolicy,
  'AWS::Scheduler::Schedule': deploySchedule,
  'AWS::Scheduler::ScheduleGroup': deployScheduleGroup,
  'AWS::SecretsManager::ResourcePolicy': deploySecretPolicy,
  'AWS::SecretsManager::RotationSchedule': deployRotationSchedule,
  'AWS::SecretsManager::Secret': deploySecret,
  'AWS::StepFunctions::StateMachine': deployStateMachine,
};
