using IamEventSourced.Server;

return await Verbs.Run(args);
