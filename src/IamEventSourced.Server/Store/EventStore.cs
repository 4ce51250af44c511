using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using Marten;
using Npgsql;

namespace IamEventSourced.Server;

/// <summary>How accounts' events are kept in Marten: one stream an account, its key and its tenant the account id.</summary>
static class EventStore
{
    public const string Schema = "iam";

    public static void Configure(StoreOptions marten, NpgsqlDataSource database)
    {
        marten.Connection(database);
        marten.DatabaseSchemaName = Schema;
        marten.AutoCreateSchemaObjects = AutoCreate.None; // DDL is the migrate verb's
        marten.UseSystemTextJsonForSerialization(configure: options => Json.Apply(options));
        marten.ConfigurePolly(_ => { }); // a lost database has to be noticed at once; what may be repeated is decided by LiveAccount
        marten.ConfigureWritePolly(_ => { });
        marten.Events.StreamIdentity = StreamIdentity.AsString;
        marten.Events.TenancyStyle = TenancyStyle.Conjoined;
        marten.Advanced.DefaultTenantUsageEnabled = false;
        marten.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps; // takes our time
        marten.Events.UseExclusiveLockOnConcurrentAppends = true;
        marten.Events.UseAdvisoryLockTransaction = true;
        marten.Events.MetadataConfig.CorrelationIdEnabled = true;
        marten.Events.MetadataConfig.CausationIdEnabled = true;
        marten.Events.MetadataConfig.UserNameEnabled = true;
        marten.Events.MetadataConfig.HeadersEnabled = true;
        foreach (var (name, type) in AccountEvent.Kinds) marten.Events.MapEventType(type, name);
        marten.Projections.Add(new IntervalProjection(), ProjectionLifecycle.Inline);
    }
}
