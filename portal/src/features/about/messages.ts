import { defineMessages } from '../../lib/messages.ts';

export const aboutMessages = defineMessages(
  {
    title: 'About Berth',
    text: 'A registry for images, Helm charts and all other OCI artifacts. It answers as Harbor does, so that what works with Harbor works with it.',
    version: 'Version',
    harborVersion: "Harbor's API, as of",
    versionHidden: 'Told to those who are signed in',
    address: 'Address for clients',
    licence: 'Licence',
    licenceTitle: 'Licence',
    licenceText:
      'Berth is free software under the Apache License, Version 2.0: you may use, change and pass it on. It comes without any warranty.',
    othersText:
      'It is built on packages of others. Each has its licence beside its code, in the folder node_modules of the installation.',
    clientTitle: 'Setting up a client',
    clientText: 'Log in with your name and your password, or better a token of yours:',
    tokens: 'Make a token',
    client: 'Client',
    plainTitle: 'This registry is reached without TLS',
    plainText:
      'Docker takes that from its own machine alone. Elsewhere the address has to be in its settings, /etc/docker/daemon.json:',
    certificate: 'Download the CA certificate',
    certificateText: 'Clients have to trust the certificate of this registry:',
    apiTitle: 'API',
    apiText: 'All that this portal does can be done by programs, too.',
    apiExplorer: 'API explorer',
    apiDocument: 'OpenAPI document',
  },
  {
    'zh-CN': {
      title: '关于 Berth',
      text: '用于存放镜像、Helm Chart 及其他 OCI 制品的镜像仓库。接口与 Harbor 一致，可用于 Harbor 的工具同样适用。',
      version: '版本',
      harborVersion: '对应的 Harbor API 版本',
      versionHidden: '登录后可见',
      address: '客户端地址',
      licence: '许可证',
      licenceTitle: '许可证',
      licenceText:
        'Berth 是自由软件，以 Apache License 2.0 授权：您可以使用、修改和分发，软件不提供任何担保。',
      othersText: '本软件使用了第三方软件包，其许可证与代码一同位于安装目录的 node_modules 中。',
      clientTitle: '配置客户端',
      clientText: '使用您的用户名和密码登录，建议使用访问令牌代替密码：',
      tokens: '新建访问令牌',
      client: '客户端',
      plainTitle: '此镜像仓库未启用 TLS',
      plainText:
        'Docker 仅允许从本机以此方式访问。在其他机器上，须将地址写入其配置文件 /etc/docker/daemon.json：',
      certificate: '下载 CA 证书',
      certificateText: '客户端须信任此镜像仓库的证书：',
      apiTitle: 'API',
      apiText: '此界面的所有功能均可通过程序调用。',
      apiExplorer: 'API 控制台',
      apiDocument: 'OpenAPI 文档',
    },
  },
);
